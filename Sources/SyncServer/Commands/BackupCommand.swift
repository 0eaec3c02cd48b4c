import ArgumentParser
import Foundation
import Model

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write a consistent copy to one file, while it serves")

    @OptionGroup var options: HubOptions

    @Option(help: ArgumentHelp("The file; it holds the hub's keys, so keep it safe"))
    var to: String

    func run() throws {
        let made = try options.reading { try $0.backup(to: to, now: .ofThisMachine) }
        let document = Document(
            file: made.file, bytes: made.bytes, position: PositionDocument(made.position))
        try options.output.write(
            document,
            text: """
                Wrote \(made.bytes) bytes to \(made.file), up to position \
                \(made.position.epoch).\(made.position.number)
                It holds the hub's keys: keep it where only you can read it.
                """)
    }

    private struct Document: Encodable {
        let file: String
        let bytes: Int
        let position: PositionDocument
    }
}
