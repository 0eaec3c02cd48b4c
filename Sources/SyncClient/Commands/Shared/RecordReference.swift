import ArgumentParser
import Model
import Replica

/// A record as people name it: by its id or the beginning of it.
struct RecordReference: ExpressibleByArgument, Hashable, Sendable {
    /// How many candidates an ambiguous prefix lists.
    private static let candidatesMax = 10

    let text: String

    init(_ text: String) { self.text = text }
    init?(argument: String) { self.init(argument) }

    /// Finds the one record of the given entities that the text names.
    ///
    /// - Parameters:
    ///   - entities: where to look; at least one.
    ///   - entity: what people take all of them for; by default a record, if they are several.
    ///   - reader: the replica's state.
    ///   - includesDead: whether deleted records count.
    /// - Returns: the record as it stands.
    /// - Throws: ``CommandFailure`` for a prefix that is too short, names nothing or several.
    func resolve(
        _ entities: [Entity], named entity: Entity? = nil, in reader: ReplicaReader,
        includesDead: Bool = false
    ) throws -> StoredRecord {
        let named = entity ?? (entities.count == 1 ? entities[0] : nil)
        let noun = named.map(Self.noun) ?? "record"
        let isPrefix = IDPrefix.isHexadecimal(text)
        guard !isPrefix || text.utf8.count >= Limits.prefixCharactersMin else {
            throw IDPrefix.tooShort(text)
        }
        var found: [StoredRecord] = []
        var seen: Set<RecordID> = []
        for entity in entities where isPrefix {
            let ids = try reader.ids(
                of: entity, prefix: text, includesDead: includesDead,
                limit: Self.candidatesMax + 1)
            for id in ids {
                // A member's profile and contact share one id; they are one candidate.
                guard let record = try reader.record(id, of: entity, includesDead: includesDead),
                    seen.insert(id).inserted
                else { continue }
                found.append(record)
            }
        }
        guard let first = found.first else {
            // Of any record at all, most are asked for by way of tasks.
            let example = entities.count > 2 ? Schema.task : entities[0]
            throw IDPrefix.unknown(text, noun: noun, list: Self.listCommand(of: named ?? example))
        }
        guard found.count == 1 else {
            throw IDPrefix.ambiguous(
                text, noun: noun, candidates: found.prefix(Self.candidatesMax).map(Self.line),
                isCut: found.count > Self.candidatesMax)
        }
        return first
    }

    /// The same for commands that know one kind of record only.
    func resolve(_ entity: Entity, in reader: ReplicaReader) throws -> StoredRecord {
        try resolve([entity], in: reader)
    }

    private static func line(_ record: StoredRecord) -> String {
        let entity = Schema.entity(record.entity)
        let names = ["title", "name", "topic", "comment", "email"]
        let label = names.lazy.compactMap { entity?.field(named: $0) }
            .compactMap { record.text($0.id) }.first
        let words = TerminalText.flattened(label ?? "")
        return "\(record.id.text)  \(noun(of: entity ?? Schema.task))  \(words.prefix(40))"
    }

    /// What people call a record of this entity.
    static func noun(of entity: Entity) -> String {
        switch entity.id {
        case Schema.journalEntry.id: "journal entry"
        case Schema.taskFeedback.id: "task feedback"
        case Schema.bookingAct.id: "booking act"
        case Schema.bookingVerdict.id: "verdict"
        case Schema.personalEvent.id: "event"
        case Schema.calendarAddress.id: "calendar address"
        case Schema.openRequest.id: "request"
        default: entity.name
        }
    }

    private static func listCommand(of entity: Entity) -> String {
        switch entity.id {
        case Schema.task.id: "waymark task list --all"
        case Schema.journalEntry.id: "waymark journal list"
        case Schema.slot.id: "waymark slot list"
        case Schema.offer.id: "waymark offer list"
        case Schema.personalEvent.id: "waymark event list"
        case Schema.calendarAddress.id: "waymark calendar address list"
        case Schema.booking.id, Schema.openRequest.id: "waymark booking list"
        case Schema.topic.id: "waymark topic list"
        case Schema.feedback.id, Schema.taskFeedback.id: "waymark feedback list"
        case Schema.mentorship.id: "waymark mentorship list"
        case Schema.invitation.id: "waymark invite list"
        default: "waymark member list"
        }
    }
}
