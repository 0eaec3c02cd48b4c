import ArgumentParser
import Model
import Replica

struct DashboardCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "Show how things stand: yours, your participants', or the programme's",
        discussion: """
            What is shown is what this computer knows, as of the last sync. Hours taken are of the \
            \(AdminDashboard.utilisationDays) days before and after now; not heard of is who sent \
            the hub nothing for \(AdminDashboard.silentDays) days.
            """)

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let now = context.presentMilliseconds
        let replica = try context.replica
        switch try replica.read({ try $0.role(of: $0.identity.member) }) {
        case .admin:
            let board = try replica.read { try AdminDashboard(in: $0, now: now) }
            try show(board.json, in: context) { (board.facts($0), board.table($0)) }
        case .mentor:
            let board = try replica.read { try MentorDashboard(in: $0, now: now) }
            try show(board.json, in: context) { (board.facts($0), board.table($0)) }
        case .participant, nil:
            let board = try replica.read { try ParticipantDashboard(in: $0, now: now) }
            try show(board.json, in: context) { (board.facts($0), board.table($0)) }
        }
    }

    private func show(
        _ json: JSONValue, in context: CommandContext,
        _ parts: (Presentation) -> (facts: [(label: String, text: TerminalText)], table: TextTable)
    ) throws {
        if context.output.json { return try context.output.writeJSON(json) }
        let (facts, table) = parts(try Presentation(context))
        try context.output.writeOut(Facts.text(facts))
        guard !table.isEmpty else { return }
        try context.output.writeVerbatim("\n")
        try context.output.writeOut(table, ifEmpty: "")
    }
}
