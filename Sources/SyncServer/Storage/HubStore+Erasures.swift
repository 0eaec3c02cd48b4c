import Cryptography
import Foundation
import GRDB
import Model
import Replica
import Wire

/// Sections from which texts were erased.
extension HubStore {
    /// The keys of all sections of a scope in the hub's order, of those that were released to nobody,
    /// too.
    func sectionKeys(of scope: ScopeRow) throws -> [Int64] {
        try Int64.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT key FROM section WHERE scope = ? AND epoch IS NOT NULL
                    ORDER BY epoch, number, hash
                    """), arguments: [scope.key])
    }

    /// Where the scope stood after a section, with other states of some records: `difference` is by
    /// how much the sum of their hashes has changed.
    func change(stateAfter key: Int64, by difference: StateHash) throws {
        guard difference != .zero else { return }
        let bytes = try Data.fetchOne(
            database.cachedStatement(sql: "SELECT stateHash FROM section WHERE key = ?"),
            arguments: [key])
        guard let bytes, var sum = StateHash(bytes: [UInt8](bytes)) else {
            throw HubError(.damagedHub, "The state after a section of the log is missing.")
        }
        sum.add(difference)
        try database.cachedStatement(sql: "UPDATE section SET stateHash = ? WHERE key = ?")
            .execute(arguments: [Data(sum.bytes), key])
    }

    /// Keeps the hub's own word on a section that it does not have.
    func keep(_ word: Restatement.Signed, _ restatement: Restatement) throws {
        try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO heldWord (batch, section, restatement) VALUES (?, ?, ?)"
        ).execute(
            arguments: [
                Data(restatement.batch.bytes), Data(restatement.section.bytes),
                Data(word.encodedBytes),
            ])
    }

    /// What was kept on a section that has come by now, and is not kept any longer.
    func takeWords(on section: Digest, ofBatch batch: Digest) throws -> [Restatement.Signed] {
        let arguments: StatementArguments = [Data(batch.bytes), Data(section.bytes)]
        let words = try Data.fetchAll(
            database.cachedStatement(
                sql: "SELECT restatement FROM heldWord WHERE batch = ? AND section = ?"),
            arguments: arguments)
        guard !words.isEmpty else { return [] }
        try database.cachedStatement(sql: "DELETE FROM heldWord WHERE batch = ? AND section = ?")
            .execute(arguments: arguments)
        return try words.map { try Restatement.Signed(encodedBytes: [UInt8]($0)) }
    }

    /// Whether the hub has erased something at a place, or been told so by what it has got back: such
    /// a place need not be in its order, and a device that was told of a part may stand there.
    func hasErased(at position: Position) throws -> Bool {
        if try position == tables.meta.erasedUpTo() { return true }
        let (epoch, number) = position.columns
        return try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM section WHERE restatement IS NOT NULL
                        AND (restatedEpoch, restatedNumber) = (?, ?))
                    """), arguments: [epoch, number]) ?? false
    }

    /// What a device has to learn of erasures after a position, up to which it knows all: the
    /// restatements of sections that it has, by the erasure that made them, ascending. It has all
    /// sections of its own, and of the given scopes, by key, those up to the position beside them.
    func restatements(
        after position: Position, for device: DeviceID, holding scopes: [Int64: Position]
    ) throws -> [(erasure: Position, restatement: Restatement.Signed)] {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT restatement, restatedEpoch, restatedNumber, scope, epoch, number, device
                    FROM section WHERE restatement IS NOT NULL
                        AND (restatedEpoch, restatedNumber) > (?, ?)
                    ORDER BY restatedEpoch, restatedNumber, key
                    """), arguments: [position.columns.epoch, position.columns.number])
        var found: [(erasure: Position, restatement: Restatement.Signed)] = []
        while let row = try rows.next() {
            guard let erasure = Position(epoch: row[1] as Int64?, number: row[2] as Int64?),
                let place = Position(epoch: row[4] as Int64?, number: row[5] as Int64?)
            else { continue }
            let isHeld = scopes[row[3]].map { place <= $0 } ?? false
            guard isHeld || DeviceID(column: row[6]) == device else { continue }
            let bytes: Data = row[0]
            found.append((erasure, try Restatement.Signed(encodedBytes: [UInt8](bytes))))
        }
        return found
    }
}
