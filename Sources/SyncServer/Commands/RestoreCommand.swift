import ArgumentParser
import Foundation
import Model

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a hub's folder from a backup",
        discussion: """
            The hub knows that it is a copy. When it is served, members' laptops give back what it \
            lacks, by themselves, with their next sync. Until you end the recovery with \
            waymark-hub recovery end, it admits everything and rules on no booking.
            """)

    @OptionGroup var options: HubOptions

    @Option(help: "The file that waymark-hub backup wrote")
    var from: String

    func run() throws {
        let position = try Hub.restore(from: from, to: options.folder)
        let document = Document(
            data: options.folder.path, position: PositionDocument(position))
        try options.output.write(
            document,
            text: """
                Restored a hub in \(options.folder.path), up to position \
                \(position.epoch).\(position.number)

                Serve it where the old one was: waymark-hub serve --data \(options.data)
                Members' laptops then give back what it lacks. It rules on no booking before you
                say that enough has come back: waymark-hub recovery end --data \(options.data)
                """)
    }

    private struct Document: Encodable {
        let data: String
        let position: PositionDocument
    }
}
