import Model
import Testing

/// `protocol/vectors/permissions.json`: facts, and change sets with the verdict for each author.
struct PermissionVectors: Decodable, Sendable {
    struct Member: Decodable, Sendable {
        let name: String
        let member: String
        let device: String
        let role: String
    }
    struct Device: Decodable, Sendable {
        let device: String
        let member: String
    }
    struct Record: Decodable, Sendable {
        let name: String
        let scope: String
        let record: RecordName
        let entity: UInt32
        let values: [String: Vectors.Value]
    }
    struct Booking: Decodable, Sendable {
        let booking: RecordName
        let state: String
    }
    struct Seats: Decodable, Sendable {
        let slot: RecordName
        let seats: Int
    }
    /// A record by device and counter, or one that carries a member's id; "author" stands for
    /// whoever makes the change.
    struct RecordName: Decodable, Sendable {
        let device: String?
        let counter: UInt64?
        let member: String?

        func record(by author: ChangeAuthor) throws -> RecordID {
            if member != nil { return try #require(author.member).recordID }
            let text = try #require(device)
            return RecordID(
                device: text == "author" ? author.device : try #require(DeviceID(text: text)),
                counter: try #require(counter))
        }
    }
    struct Change: Decodable, Sendable {
        let record: RecordName
        let entity: UInt32
        let content: Vectors.Change

        private enum CodingKeys: String, CodingKey { case record, entity }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            record = try container.decode(RecordName.self, forKey: .record)
            entity = try container.decode(UInt32.self, forKey: .entity)
            content = try Vectors.Change(from: decoder)
        }
    }
    struct Part: Decodable, Sendable {
        let scope: String
        let changes: [Change]
    }
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let parts: [Part]
        /// The code of the refusal by the author's name; null where the change set is allowed.
        let refusals: [String: String?]
        var testDescription: String { name }

        func changes(by author: ChangeAuthor) throws -> [(scope: Scope, changes: [Model.Change])] {
            try parts.map { part in
                (
                    try Scope(vector: part.scope),
                    try part.changes.map {
                        try $0.content.change(
                            record: $0.record.record(by: author), entity: EntityID($0.entity))
                    }
                )
            }
        }
    }

    let hub: String
    let members: [Member]
    let devices: [Device]
    /// Devices, each with the one that the same laptop was before.
    let predecessors: [[String]]
    let mentorships: [[String]]
    let records: [Record]
    let bookings: [Booking]
    let seatsTaken: [Seats]
    let cases: [Case]

    func author(_ name: String) throws -> ChangeAuthor {
        if name == "hub" { return .hub(try #require(DeviceID(text: hub))) }
        let member = try #require(members.first { $0.name == name }, "\(name)")
        return ChangeAuthor(
            device: try #require(DeviceID(text: member.device)),
            member: try #require(MemberID(text: member.member)),
            role: try #require(Role(name: member.role)))
    }

    func facts() throws -> MemoryFacts {
        var facts = MemoryFacts()
        for member in members {
            let author = try author(member.name)
            let id: MemberID = try #require(author.member)
            facts.roles[id] = author.role
            facts.members[author.device] = author.member
        }
        for device in devices {
            facts.members[try #require(DeviceID(text: device.device))] =
                try author(device.member).member
        }
        for line in predecessors {
            facts.predecessors[try #require(DeviceID(text: line[0]))] = DeviceID(text: line[1])
        }
        facts.mentorships = Set(
            try mentorships.map { pair in
                Scope.pair(
                    mentor: try #require(author(pair[0]).member),
                    participant: try #require(author(pair[1]).member))
            })
        let hub = try author("hub")
        for record in records {
            let place = MemoryFacts.Place(
                record: try record.record.record(by: hub), entity: EntityID(record.entity),
                scope: try Scope(vector: record.scope))
            facts.records[place] = FieldValues(
                Dictionary(
                    uniqueKeysWithValues: try record.values.map {
                        (FieldID(try #require(UInt32($0))), try $1.value())
                    }))
        }
        for booking in bookings {
            let state: BookingState = try #require(BookingState(name: booking.state))
            facts.bookings[try booking.booking.record(by: hub)] = state
        }
        for seats in seatsTaken { facts.seats[try seats.slot.record(by: hub)] = seats.seats }
        return facts
    }
}

extension Scope {
    /// Reads a scope's bytes from their hexadecimal digits.
    init(vector text: String) throws {
        let bytes = try #require([UInt8](hexadecimal: text))
        self = try #require(Scope(bytes: bytes))
    }
}

/// Facts in memory.
struct MemoryFacts: NotificationFacts {
    struct Place: Hashable {
        let record: RecordID
        let entity: EntityID
        let scope: Scope
    }

    var roles: [MemberID: Role] = [:]
    var members: [DeviceID: MemberID] = [:]
    /// As pairs.
    var mentorships: Set<Scope> = []
    var records: [Place: FieldValues] = [:]
    var bookings: [RecordID: BookingState] = [:]
    var seats: [RecordID: Int] = [:]
    var predecessors: [DeviceID: DeviceID] = [:]

    func predecessor(of device: DeviceID) -> DeviceID? { predecessors[device] }
    func role(of member: MemberID) -> Role? { roles[member] }
    func member(of device: DeviceID) -> MemberID? { members[device] }
    func isCurrentMentor(_ mentor: MemberID, of participant: MemberID) -> Bool {
        mentorships.contains(.pair(mentor: mentor, participant: participant))
    }
    func values(
        of record: RecordID, entity: EntityID, in scope: Scope
    ) -> FieldValues? {
        records[Place(record: record, entity: entity, scope: scope)]
    }
    func isCreated(_ record: RecordID, entity: EntityID) -> Bool {
        records.keys.contains { $0.record == record && $0.entity == entity }
    }
    func elementCount(
        of field: FieldID, record: RecordID, entity: EntityID, in scope: Scope
    ) -> Int {
        values(of: record, entity: entity, in: scope)?[field]?.list?.count ?? 0
    }
    /// Written by the device that made the record, as its events from 0 on.
    func text(
        of field: FieldID, record: RecordID, entity: EntityID, in scope: Scope
    ) -> FieldText {
        guard let text = values(of: record, entity: entity, in: scope)?[field]?.text else {
            return FieldText()
        }
        return FieldText(text, by: record.device)
    }
    func state(ofBooking booking: RecordID) -> BookingState? { bookings[booking] }
    func seatsTaken(ofSlot slot: RecordID) -> Int { seats[slot] ?? 0 }
    var verdicts: [RuledVerdict] = []
    func verdicts(onBooking booking: RecordID, in scope: Scope) -> [RuledVerdict] { verdicts }
}
