import ArgumentParser
import Model
import Replica

struct MentorshipAssign: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign", abstract: "Let somebody mentor a participant; admins only",
        discussion: "The mentor gets to read the participant's tasks, shared entries and history.")

    @Argument(help: ArgumentHelp("The mentor: id, e-mail or name", valueName: "mentor"))
    var mentor: MemberReference

    @Argument(help: ArgumentHelp("The participant: id, e-mail or name", valueName: "participant"))
    var participant: MemberReference

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let id = try context.replica.act(
            "mentorship assign", at: context.now, isUndoable: false
        ) { action in
            let reader = action.reader
            guard try reader.role(of: reader.identity.member) == .admin else {
                throw CommandFailure(
                    .notAllowed, "Only admins assign mentors.",
                    hint: "See who they are with: waymark member list --role admin")
            }
            let mentor = try mentor.resolve(in: reader)
            let participant = try participant.resolve(in: reader)
            try require(.mentor, mentor, reader)
            try require(.participant, participant, reader)
            guard try !reader.isCurrentMentor(mentor, of: participant) else {
                throw CommandFailure(
                    .refused, code: "alreadyAssigned", "The two have a mentorship already.",
                    hint: "See it with: waymark mentorship list")
            }
            return try action.create(
                Schema.mentorship, in: .pair(mentor: mentor, participant: participant),
                values: [
                    Fields.Mentorship.mentor: .member(mentor),
                    Fields.Mentorship.participant: .member(participant),
                ])
        }
        try MentorshipGroup.show(id, in: context)
    }

    private func require(_ role: Role, _ member: MemberID, _ reader: ReplicaReader) throws {
        let actual = try reader.role(of: member)
        guard actual != role else { return }
        let name = try reader.person(member)?.displayName ?? member.shortText
        let what = actual.map { "is \($0 == .admin ? "an" : "a") \($0.name)" } ?? "has no role yet"
        throw CommandFailure(
            .refused, code: "wrongRole", "\(name) \(what), not a \(role.name).",
            hint: "Name the mentor first, then the participant.")
    }
}
