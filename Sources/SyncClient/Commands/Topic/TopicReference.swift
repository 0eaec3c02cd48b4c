import Model
import Replica

/// A topic of the list as people name it: as it is written, or by an id.
struct TopicReference {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The records by which it is on the list that the member may change; several if two people
    /// added it without knowing of each other.
    func own(in reader: ReplicaReader) throws -> [StoredRecord] {
        let records: [StoredRecord]
        if let topic = try ProgrammeTopics(reader).topic(named: text) {
            records = topic.records
            guard !records.isEmpty else {
                throw CommandFailure(
                    .refused, code: "topicOfOffers",
                    "The topic \(InputFailure.quoted(topic.name)) is listed because mentors offer it.",
                    hint: "Its mentors change it with: waymark offer edit")
            }
        } else {
            records = [try RecordReference(text).resolve(Schema.topic, in: reader)]
        }
        let oneself = reader.identity.member
        guard try reader.role(of: oneself) != .admin else { return records }
        let own = try records.filter { try reader.author(of: $0.id) == oneself }
        guard own.isEmpty else { return own }
        throw CommandFailure(
            .notAllowed, code: RefusalReason.notAllowed.code,
            "Whoever added a topic changes it, or an admin.",
            hint: "See who is one with: waymark member list")
    }
}
