import Cryptography
import Model

/// A record's state while a transaction works on it.
final class LoadedRecord {
    let record: RecordID
    let entity: EntityID
    /// The key of its scope's row.
    let scope: Int64
    /// The row's key; nil while the record has no row.
    var key: Int64?
    var state: RecordState
    /// Hash of the admitted cells as they are in the table; nil if there are none.
    var storedHash: ContentHash?
    var isDirty = false
    /// Whether admitted cells changed since they were stored.
    var isAdmittedDirty = false
    var hadConflict: Bool
    /// Its texts with their histories, as far as they were asked for.
    var texts: [FieldID: LoadedText] = [:]

    init(
        record: RecordID, scope: Int64, key: Int64?, state: RecordState,
        storedHash: ContentHash?, hadConflict: Bool
    ) {
        self.record = record
        self.scope = scope
        entity = state.entity
        self.key = key
        self.state = state
        self.storedHash = storedHash
        self.hadConflict = hadConflict
    }

    /// The hash that the scope's state hash sums; nil for a record without admitted cells.
    static func hash(of state: RecordState, record: RecordID) -> ContentHash? {
        guard state.hasAdmitted else { return nil }
        return ContentHash.of(
            record.bytes + state.canonicalBytes, domain: HashDomain("waymark record state v1"))
    }
}
