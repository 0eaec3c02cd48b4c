import Model
import Replica

/// Who reads a member's journal entries besides them.
enum JournalReaders {
    /// What is said about private entries as long as they are not encrypted end to end.
    static let privateNotice: TerminalText =
        "Note: An admin of the hub could read private entries; they are not encrypted yet."

    /// The scope of a member's shared entries.
    ///
    /// - Throws: ``CommandFailure`` for a member who has nobody to share with.
    static func sharedScope(in reader: ReplicaReader) throws -> Scope {
        let oneself = reader.identity.member
        guard try reader.role(of: oneself) == .participant else {
            throw CommandFailure(
                .notAllowed, code: "onlyParticipantsShare",
                "Only participants share journal entries, with their mentors.",
                hint: "Your entries stay private.")
        }
        return .participant(oneself)
    }

    /// Names everybody who reads what is shared: the current mentors and the admins.
    static func sentence(in reader: ReplicaReader) throws -> TerminalText {
        let oneself = reader.identity.member
        let names = try reader.names()
        let mentors = try reader.records(
            of: Schema.mentorship, where: [.equals(Fields.Mentorship.participant, .member(oneself))]
        ).filter { !$0.isTrue(Fields.Mentorship.ended) }
            .compactMap { $0[Fields.Mentorship.mentor].member }
            .reduce(into: [MemberID]()) { if !$0.contains($1) { $0.append($1) } }
            .map { names[$0] ?? $0.shortText }
        let people = (mentors + ["the admins"]).joined(separator: ", ")
        let later = mentors.isEmpty ? " and whoever becomes your mentor" : ""
        return "After the next sync this entry is read by: \(people + later)."
    }
}
