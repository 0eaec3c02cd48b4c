import Model
import Replica

/// A mentorship as commands show it.
struct MentorshipRecord {
    let record: StoredRecord
    let names: [MemberID: String]
    /// How many of its fields are in conflict.
    let conflictCount: Int

    init(_ record: StoredRecord, names: [MemberID: String], in reader: ReplicaReader) throws {
        self.record = record
        self.names = names
        conflictCount = try reader.fieldsInConflict(of: record.id, record.entity).count
    }

    var mentor: MemberID? { record[Fields.Mentorship.mentor].member }
    var participant: MemberID? { record[Fields.Mentorship.participant].member }
    var stage: String? { record.text(Fields.Mentorship.stage) }
    var hasEnded: Bool { record.isTrue(Fields.Mentorship.ended) }
    var stateName: String { hasEnded ? "ended" : "active" }

    var json: JSONValue {
        [
            "id": .string(record.id.text), "mentor": JSONValue(mentor?.text),
            "participant": JSONValue(participant?.text), "stage": JSONValue(stage),
            "state": .string(stateName), "mentorName": JSONValue(name(of: mentor)),
            "participantName": JSONValue(name(of: participant)),
            "createdAt": .time(record.createdAt.milliseconds),
            "updatedAt": .time(record.updatedAt.milliseconds),
            "conflicts": JSONValue(conflictCount),
        ]
    }

    var text: TerminalText {
        var sheet = RecordSheet(
            """
            \(displayName(of: mentor), .emphasis) mentors \
            \(displayName(of: participant), .emphasis)
            """)
        sheet.add("id", TerminalText(record.id.text))
        sheet.add("stage", TerminalText(stage ?? ""))
        sheet.add("state", TerminalText(stateName))
        if record.isPending { sheet.add("sync", Presentation.unsent) }
        sheet.add("conflict", ConflictNotice.line(conflictCount))
        return sheet.text
    }

    private func displayName(of member: MemberID?) -> String {
        name(of: member) ?? member?.shortText ?? "somebody"
    }

    func name(of member: MemberID?) -> String? { member.flatMap { names[$0] } }
}
