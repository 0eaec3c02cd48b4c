import ArgumentParser
import Foundation
import Model
import Replica

struct BundleWrite: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "write", abstract: "Write what the other side may lack into one file",
        discussion: """
            The file is for the hub, and only the hub can read it. With --for it is for a member: it \
            holds what that member may read, only their laptops can do so, and they carry on what \
            the hub lacks. Parcels that others gave this laptop go along.

            Nothing counts as sent before the hub has said so. A bundle that is there already is \
            replaced; another file is not.
            """)

    @Argument(help: "The file")
    var file: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "The member that it is for: id, e-mail or name; your own name for your other laptops",
            valueName: "who"))
    var reader: MemberReference?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard !file.isEmpty else { throw ValidationError("The name of the file is empty.") }
    }

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        try BundleFile.requireReplaceable(file)
        let member = try reader.map { reference in
            try replica.read { try reference.resolve(in: $0) }
        }
        let bundle = try await context.output.withProgress("Writing") { _ in
            let bundle = try make(replica, member, now: context.now)
            try BundleFile.write(bundle.bytes, to: file)
            return bundle
        }
        let name = try member.map { member in
            try replica.read { try $0.person(member)?.name } ?? member.text
        }
        let size = ByteCount.string(bundle.bytes.count)
        try context.output.write(
            json: [
                "file": .string(file), "for": JSONValue(member?.text),
                "batches": JSONValue(bundle.batches), "changes": JSONValue(bundle.changes),
                "carried": JSONValue(bundle.carried), "bytes": JSONValue(bundle.bytes.count),
            ],
            text: """
                Wrote \(SyncSummary.counted(bundle.changes, "change")) for \
                \(name.map { "\($0)" } ?? "the hub") to \(file) (\(size))
                """)
        if bundle.carried > 0 {
            context.output.writeError(
                "\(SyncSummary.counted(bundle.carried, "parcel")) of others went along.")
        }
    }

    private func make(
        _ replica: Replica, _ member: MemberID?, now: ClaimedTime
    ) throws -> WrittenBundle {
        if let member { return try replica.bundle(for: member, now: now) }
        return try replica.bundleForHub(now: now)
    }
}
