import ArgumentParser
import Foundation
import Model
import Replica

struct CalendarExport: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write your meetings as an iCalendar file (.ics)",
        discussion: """
            A calendar program that reads the file again replaces what it has read before, and \
            takes out what was cancelled since. Requests that were refused are left out.
            """)

    @OptionGroup var options: GlobalOptions

    @Option(help: "The file, which must not exist; standard output by default")
    var to: String?

    @Flag(help: "What you have noted in your own time as well")
    var events = false

    @Flag(help: "Your tasks as well, for calendars that have such")
    var tasks = false

    func validate() throws {
        if to == "" { throw ValidationError("--to is empty; it takes a file.") }
    }

    func run(in context: CommandContext) async throws {
        let calendar = try context.replica.read { reader in
            let oneself = reader.identity.member
            return try MemberCalendar(of: oneself, pairs: reader.pairs(of: oneself), in: reader)
        }
        let shown = calendar.meetings + (events ? calendar.ownEvents : [])
        let written = tasks ? calendar.tasks : []
        let text = CalendarText(
            named: try context.replica.identity.programmeName, events: shown,
            tasks: written
        ).text
        guard let to else {
            guard context.output.json else { return try context.output.writeVerbatim(text) }
            return try context.output.writeJSON([
                "events": JSONValue(shown.count), "tasks": JSONValue(written.count),
                "calendar": .string(text),
            ])
        }
        try ExportFile.write(Data(text.utf8), to: to)
        try context.output.write(
            json: [
                "file": .string(to), "events": JSONValue(shown.count),
                "tasks": JSONValue(written.count),
            ],
            text: "Wrote \(SyncSummary.counted(shown.count, events ? "event" : "meeting")) to \(to)"
        )
    }
}
