import ArgumentParser
import Foundation
import Model
import Replica

/// Works on one long journal entry in a replica, as somebody does who saves it a thousand times.
struct EntryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entry",
        abstract: "Save one journal entry many times in a replica and print one JSON object",
        discussion: """
            Each save adds a line somewhere in the text and is one durable transaction. Times are \
            in milliseconds: of the last hundred saves, with the changes that wait for the next \
            sync; of reading the entry; and of reading it with the history to edit it by.
            """)

    @Option(help: "How many times to save")
    var saves = 1000

    @Option(help: "How many bytes the text has in the end")
    var bytes = 20_000

    @Option(help: "How many saves come between two syncs; 0 never syncs")
    var syncEvery = 50

    func validate() throws {
        guard saves >= 100, bytes >= saves * 2, syncEvery >= 0 else {
            throw ValidationError("Save at least a hundred times, at least two bytes each.")
        }
    }

    func run() async throws {
        let workplace = Workplace()
        defer { workplace.remove() }
        let replica = try await workplace.join("Ana", as: .participant)
        let report = try await EntryReport(self, replica, workplace)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
}
