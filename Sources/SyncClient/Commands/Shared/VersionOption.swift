import ArgumentParser
import Model
import Replica

/// `--at VERSION`: a record as somebody had it right after one of its changes.
struct VersionOption: ParsableArguments {
    @Option(
        name: .customLong("at"),
        help: ArgumentHelp(
            "As it was after a change; waymark history names them", valueName: "version"))
    var version: String?

    /// How the version is called where the record is shown; nil if none is asked for.
    var label: String? { version?.lowercased() }

    /// The record in that version; nil if none is asked for.
    func find(
        _ record: RecordID, of entity: Entity, in reader: ReplicaReader
    ) throws -> StoredRecord? {
        guard let version else { return nil }
        guard version.utf8.count >= Limits.prefixCharactersMin else {
            throw IDPrefix.tooShort(version)
        }
        let found =
            IDPrefix.isHexadecimal(version)
            ? try reader.records(record, of: entity, atVersion: version) : []
        let history = "waymark history \(record.shortText)"
        guard let first = found.first else {
            throw IDPrefix.unknown(version, noun: "version", list: history)
        }
        guard found.count == 1 else {
            throw CommandFailure(
                .refused, code: "ambiguousID",
                "The id \(InputFailure.quoted(version)) fits more than one version.",
                hint: "Type more characters of one of these: \(history)")
        }
        return first
    }
}
