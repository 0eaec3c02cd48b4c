import Model
import Replica

/// What people meet about in the programme: the topics that were put on its list, and those that
/// mentors offer. However it is written, it is one topic, by the name that came first.
struct ProgrammeTopics {
    struct Topic {
        let name: String
        /// The records by which it is on the list; none if it is only offered.
        var records: [StoredRecord] = []
        /// Who offers it.
        var mentors: Set<MemberID> = []

        var json: JSONValue {
            [
                "id": JSONValue(records.first?.id.text), "topic": .string(name),
                "mentors": JSONValue(mentors.count),
            ]
        }
    }

    private var byKey: [String: Topic] = [:]

    init(_ reader: ReplicaReader) throws {
        for record in try reader.records(of: Schema.topic) {
            guard let name = record.text(Fields.Topic.name) else { continue }
            byKey[Topics.key(of: name), default: Topic(name: name)].records.append(record)
        }
        for offer in try reader.records(of: Schema.offer) {
            guard let name = offer.text(Fields.Offer.topic), let mentor = offer.scope.mentor
            else { continue }
            byKey[Topics.key(of: name), default: Topic(name: name)].mentors.insert(mentor)
        }
    }

    /// By name.
    var sorted: [Topic] { byKey.sorted { $0.key < $1.key }.map(\.value) }

    func topic(named name: String) -> Topic? { byKey[Topics.key(of: name)] }
}
