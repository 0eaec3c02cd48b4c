import Model
import Replica

/// For which participant a command works.
enum TaskParticipant {
    /// Returns the named participant; without a name oneself, or a mentor's only participant.
    static func resolve(
        _ reference: MemberReference?, in reader: ReplicaReader
    ) throws -> MemberID {
        let oneself = reader.identity.member
        if let reference {
            let member = try reference.resolve(in: reader)
            guard try reader.role(of: member) == .participant else {
                throw CommandFailure(
                    .refused, code: "noParticipant",
                    "\(InputFailure.quoted(reference.text)) is no participant.",
                    hint: "See who is one with: waymark member list --role participant")
            }
            return member
        }
        switch try reader.role(of: oneself) {
        case .participant:
            return oneself
        case .mentor:
            let participants = try current(of: oneself, in: reader)
            if participants.count == 1 { return participants[0] }
            throw missing(
                participants.isEmpty
                    ? "You mentor nobody at present."
                    : "You mentor \(participants.count) participants.")
        case .admin, nil:
            throw missing("It is not clear whom this is for.")
        }
    }

    /// The participants whom a member mentors at present.
    static func current(of mentor: MemberID, in reader: ReplicaReader) throws -> [MemberID] {
        var participants: [MemberID] = []
        let mentorships = try reader.records(
            of: Schema.mentorship, where: [.equals(Fields.Mentorship.mentor, .member(mentor))])
        for mentorship in mentorships where !mentorship.isTrue(Fields.Mentorship.ended) {
            guard let participant = mentorship[Fields.Mentorship.participant].member,
                !participants.contains(participant)
            else { continue }
            participants.append(participant)
        }
        return participants
    }

    private static func missing(_ sentence: String) -> CommandFailure {
        CommandFailure(
            .usage, code: "missingParticipant", sentence,
            hint: "Name a participant with --for; see them with: waymark mentorship list")
    }
}
