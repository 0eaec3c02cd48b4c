import ArgumentParser
import Foundation
import Model
import Replica

struct ExportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write everything you may read into plain files",
        discussion: """
            One JSON Lines file for each kind of record, what stands in conflict or was refused, \
            your journal as Markdown, and a manifest. The hub is not needed.
            """)

    @Option(help: ArgumentHelp("The folder; it must not exist or be empty", valueName: "dir"))
    var to: String

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard !to.isEmpty else { throw ValidationError("--to is empty; it takes a folder.") }
    }

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let folder = try ExportFolder(to)
        let contents: ExportContents
        do {
            contents = try await context.output.withProgress("Exporting") { bar in
                let progress = { (count: Int) in bar.update(Int64(count), of: nil) }
                do {
                    return try replica.read { reader in
                        try ExportContents(.whole(reader), replica.identity, context, progress)
                    }
                } catch let error as ReplicaError where error.reason == .damaged {
                    return try ExportContents(
                        .piecewise(replica), replica.identity, context, progress)
                }
            }
            for file in contents.files { try folder.write(file.data, to: file.name) }
            try folder.finish()
        } catch {
            folder.discard()
            throw error
        }
        try context.output.write(
            json: contents.json,
            text: """
                Wrote \(SyncSummary.counted(contents.recordCount, "record")) \
                in \(contents.files.count) files to \(to).
                """)
        guard contents.damaged.isEmpty else {
            context.output.warn(
                """
                The file is damaged, and this could not be read: \
                \(contents.damaged.joined(separator: ", ")). Run waymark sync, which sends what \
                was written here, then waymark doctor.
                """)
            throw ExitCode(CommandFailure.Kind.refused.exitCode)
        }
    }
}
