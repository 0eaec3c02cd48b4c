import ArgumentParser
import Foundation
import Model
import Replica

struct MemberList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the members of the programme")

    @Option(help: "Only those of a role: participant, mentor or admin")
    var role: String?

    @Option(help: ArgumentHelp("Only those in whose profile this stands", valueName: "text"))
    var search: String?

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let role = try wantedRole()
        let people = try context.replica.read { try $0.people() }
            .filter { role == nil || $0.role == role }
            .filter(matches)
        if context.output.json {
            return try context.output.writeJSON(.array(people.map(\.json)))
        }
        var table = TextTable(["ID", "ROLE", "NAME", "E-MAIL"])
        for person in people {
            let suspended: TerminalText = person.state == .suspended ? " (suspended)" : ""
            table.add([
                TerminalText(person.id.shortText), TerminalText(person.role?.name ?? ""),
                TerminalText(person.displayName) + suspended, TerminalText(person.email ?? ""),
            ])
        }
        try context.output.writeOut(table, ifEmpty: "Nobody.")
    }

    private func wantedRole() throws -> Role? {
        guard let text = role else { return nil }
        guard let role = Role(name: text) else {
            throw CommandFailure(
                .usage, code: "invalidRole", "\(InputFailure.quoted(text)) is not a role.",
                hint: "Roles are participant, mentor and admin.")
        }
        return role
    }

    private func matches(_ person: Person) -> Bool {
        guard let search else { return true }
        return person.mentions(search)
    }
}
