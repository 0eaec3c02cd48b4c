import ArgumentParser
import Model
import Replica

struct MentorshipGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mentorship", abstract: "Who mentors whom",
        subcommands: [
            MentorshipList.self, MentorshipAssign.self, MentorshipStage.self, MentorshipEnd.self,
        ])

    /// Prints a mentorship as it now stands.
    static func show(_ id: RecordID, in context: CommandContext) throws {
        let shown = try context.replica.read { reader in
            guard let record = try reader.record(id, of: Schema.mentorship) else {
                throw ReplicaError(.unknownRecord, id.text)
            }
            return try MentorshipRecord(record, names: reader.names(), in: reader)
        }
        try context.output.write(json: shown.json, text: shown.text)
    }
}
