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

            At the end everything is checked, as waymark-hub verify does. A backup with a fault is \
            restored all the same, because it may be the last one; you are told.
            """)

    @OptionGroup var options: HubOptions

    @Option(help: "The file that waymark-hub backup wrote")
    var from: String

    func run() throws {
        let position = try Hub.restore(from: from, to: options.folder)
        let fault = fault()
        let document = Document(
            data: options.folder.path, position: PositionDocument(position),
            faults: fault.map { [$0] } ?? [])
        try options.output.write(
            document,
            text: """
                Restored a hub in \(options.folder.path), up to position \
                \(position.epoch).\(position.number)

                Serve it where the old one was: waymark-hub serve --data \(options.data)
                Members' laptops then give back what it lacks. It rules on no booking before you
                say that enough has come back: waymark-hub recovery end --data \(options.data)
                """)
        if let fault {
            options.output.note("Warning: this backup has a fault. \(fault)")
            options.output.note(
                "If you have another one, restore that in another folder before you serve any.")
        }
    }

    /// What does not fit in what was restored; nil if all is well.
    private func fault() -> String? {
        do {
            return try options.reading { try $0.verify() }.fault
        } catch {
            let message = (error as? HubError)?.message ?? "\(error)"
            return "It could not be checked. \(message)"
        }
    }

    private struct Document: Encodable {
        let data: String
        let position: PositionDocument
        let faults: [String]
    }
}
