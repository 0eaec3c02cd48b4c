package import Cryptography
import Foundation
import GRDB
package import Model

/// Where a replica stands in one scope.
package struct ScopeRow: Sendable {
    package enum Status: Int64, Sendable {
        /// Complete up to the replica's position; shown and writable.
        case level = 0
        /// Gained and being fetched; neither shown nor writable.
        case catchingUp = 1
    }

    package let key: Int64
    package let scope: Scope
    package var status: Status
    /// Where its first entry stands, nil while it has none.
    package var opened: Position?
    /// How far a scope that is catching up has been fetched.
    package var cursor: Position
    /// The hash chain over the scope's entries.
    package var chain: Digest
    /// The sum of the hashes of its records' admitted cells.
    package var stateHash: StateHash
    /// How many changes in it this version cannot apply.
    package var setAside = 0

    /// The columns of a row that ``StoreTransaction/scope(in:)`` reads, and how many they are.
    package static let columnsSQL = """
        scope.key, scope.id, scope.status, scope.openedEpoch, scope.openedNumber,
            scope.cursorEpoch, scope.cursorNumber, scope.chain, scope.stateHash, scope.setAside
        """
    package static let columnCount = 10

    static let selectSQL = "SELECT \(columnsSQL) FROM scope"

    init(
        key: Int64, scope: Scope, status: Status, opened: Position?, cursor: Position,
        chain: Digest, stateHash: StateHash
    ) {
        self.key = key
        self.scope = scope
        self.status = status
        self.opened = opened
        self.cursor = cursor
        self.chain = chain
        self.stateHash = stateHash
    }

    init(_ row: Row) throws {
        guard let scope = Scope(bytes: [UInt8](row[1] as Data)),
            let status = Status(rawValue: row[2]), let chain = Digest(bytes: row[7] as Data),
            let stateHash = StateHash(bytes: [UInt8](row[8] as Data))
        else { throw ReplicaError(.damaged, "scope") }
        self.key = row[0]
        self.scope = scope
        self.status = status
        self.opened = Position(epoch: row[3] as Int64?, number: row[4] as Int64?)
        self.cursor = Position(epoch: UInt32(row[5] as Int64), number: UInt64(row[6] as Int64))
        self.chain = chain
        self.stateHash = stateHash
        setAside = row[9]
    }
}

extension Position {
    /// Reads two columns; nil where they are null.
    package init?(epoch: Int64?, number: Int64?) {
        guard let epoch, let number else { return nil }
        self.init(epoch: UInt32(epoch), number: UInt64(number))
    }
}
