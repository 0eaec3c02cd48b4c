import Cryptography
import Foundation
import GRDB
import Model

/// Texts that a change of this laptop put back without having written them: an undo brings back what
/// somebody else had said before, the settling of a conflict chooses what another one said.
///
/// They are no words of this laptop's member. If the hub refuses the change, or its scope leaves
/// before the hub decides, the rejected item stays for ever, and must not keep what the member may
/// not read any more. By then the records may not tell whose words they were: what was overwritten
/// and admitted is no head any more, and a hub that was set back takes its contents along. So it is
/// noted when the change is made, by a hash, which no key and no number has to follow when the
/// laptop goes on as another device.
enum PutBack {
    static let createSQL = """
        CREATE TABLE IF NOT EXISTS putBack (
            scope INTEGER NOT NULL REFERENCES scope (key),
            record BLOB NOT NULL CHECK (length(record) = 16),
            field INTEGER NOT NULL,
            -- Of the text.
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            PRIMARY KEY (scope, record, field, hash)
        ) STRICT, WITHOUT ROWID;
        """

    fileprivate static func hash(_ text: String) -> Data {
        let hash = ContentHash.of(Array(text.utf8), domain: HashDomain("waymark put back v1"))
        return Data(hash.bytes)
    }
}

extension StoreTransaction {
    /// Notes that a change which is made here puts back a text that it does not write.
    func notePutBack(_ change: Change, by device: DeviceID, in row: ScopeRow) throws {
        guard let text = change.putText(by: device) else { return }
        try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO putBack (scope, record, field, hash) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [
            row.key, Data(change.record.bytes), Int64(change.field.rawValue), PutBack.hash(text),
        ])
    }

    /// Whether the text that a change of this laptop puts into its field was put back.
    func isPutBack(_ change: Change, by device: DeviceID, in row: ScopeRow) throws -> Bool {
        guard let text = change.putText(by: device) else { return false }
        return try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM putBack
                        WHERE scope = ? AND record = ? AND field = ? AND hash = ?)
                    """),
            arguments: [
                row.key, Data(change.record.bytes), Int64(change.field.rawValue),
                PutBack.hash(text),
            ]) ?? false
    }

    /// Whether a change gives its field a text that stands there by another member, or that was put
    /// back when it did.
    func isOthersText(_ change: Change, than device: DeviceID, in row: ScopeRow) throws -> Bool {
        guard case .set(let value) = change.operation, value.text != nil else { return false }
        if try isPutBack(change, by: device, in: row) { return true }
        let state = try state(of: change.record, entity: change.entity, in: row)
        let heads = (state.cells + state.overlaidCells)
            .filter { $0.key.field == change.field && $0.key.kind == .register }
            .flatMap(\.heads)
        let author = try member(of: device)
        return try heads.contains { try $0.value == value && member(of: $0.device) != author }
    }

    /// Forgets what was put back into a scope that has left, unless something that this laptop wrote
    /// there still waits for its decision.
    func forgetPutBack(in row: ScopeRow) throws {
        try database.execute(
            sql: """
                DELETE FROM putBack WHERE scope = ?1
                    AND NOT EXISTS (SELECT 1 FROM section WHERE scope = ?1)
                """, arguments: [row.key])
    }
}

extension Change {
    /// The text that it gives its field or puts into it.
    fileprivate func putText(by device: DeviceID) -> String? {
        if case .set(let value) = operation { return value.text }
        let inserted = textEdit(by: device)?.insertedText
        return inserted?.isEmpty ?? true ? nil : inserted
    }
}
