import Model
import Replica

/// A record that several may edit, as commands show it: with its author, its conflicts and, if it is
/// an old one, the name of its version.
protocol EditedRecordView {
    var record: StoredRecord { get }
    /// Who made it; nil while their device is not known here.
    var author: MemberID? { get }
    /// How many of its fields are in conflict; of an old version that is not known.
    var conflictCount: Int? { get }
    /// Names the version that it is, if it is an old one.
    var version: String? { get }
    var json: JSONValue { get }

    init(record: StoredRecord, author: MemberID?, conflictCount: Int?, version: String?)
}

extension EditedRecordView {
    init(_ record: StoredRecord, in reader: ReplicaReader, version: String? = nil) throws {
        self.init(
            record: record, author: try reader.author(of: record.id),
            conflictCount: version == nil
                ? try reader.fieldsInConflict(of: record.id, record.entity).count : nil,
            version: version)
    }

    /// Several of one entity, in their order.
    static func of(_ records: [StoredRecord], in reader: ReplicaReader) throws -> [Self] {
        guard let entity = records.first?.entity else { return [] }
        let conflicts = try reader.fieldsInConflictCounts(of: entity)
        return try records.map { record in
            Self(
                record: record, author: try reader.author(of: record.id),
                conflictCount: conflicts[record.id] ?? 0, version: nil)
        }
    }

    /// The version and the moment it is of, for a sheet.
    func versionText(_ presentation: Presentation) -> TerminalText? {
        version.map { "\($0), of \(presentation.time.string(record.updatedAt.milliseconds))" }
    }

    /// Whether its changes wait here; of an old version that is not asked.
    var isWaiting: Bool { version == nil && record.isPending }
}
