import Cryptography
import GRDB
import Model

/// How this laptop's changes stood when they were last counted, by scope, and what the scope was
/// like then. Of a scope that is still the same nothing has to be counted again.
///
/// A scope's chain and the hash over its records say what its log and its tables hold, so there is
/// nobody who has to remember to forget what was counted: whatever changes a scope changes these.
/// Only what the hub has not decided on is not in them; it is counted each time.
struct CountedWork: Equatable {
    struct Entry: Equatable {
        /// See ``StoreTransaction/condition(of:)``.
        let condition: [UInt8]
        let account: Account
    }

    /// What counts besides the scope itself, see ``StoreTransaction/commonCondition(of:)``.
    let common: [UInt8]
    var byScope: [Int64: Entry] = [:]

    init(common: [UInt8]) { self.common = common }

    /// What was kept; nothing if that was for another condition of the replica or is damaged.
    static func kept(_ meta: Meta, common: [UInt8]) throws -> CountedWork {
        guard let bytes = try meta.bytes(.countedWork),
            let kept = try? CountedWork(encoded: bytes), kept.common == common
        else { return CountedWork(common: common) }
        return kept
    }

    private init(encoded: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(encoded)
        common = try reader.lengthPrefixed()
        while !reader.isAtEnd {
            let key = Int64(bitPattern: try reader.varint())
            let condition = try reader.lengthPrefixed()
            var account = Account()
            for part in Account.decidedParts { account[keyPath: part] = Int(try reader.varint()) }
            byScope[key] = Entry(condition: condition, account: account)
        }
    }

    var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.append(lengthPrefixed: common)
        for (key, entry) in byScope.sorted(by: { $0.key < $1.key }) {
            writer.append(varint: UInt64(bitPattern: key))
            writer.append(lengthPrefixed: entry.condition)
            for part in Account.decidedParts {
                writer.append(varint: UInt64(entry.account[keyPath: part]))
            }
        }
        return writer.bytes
    }
}

extension StoreTransaction {
    /// What an account depends on besides the scope in which it is counted: which devices are this
    /// laptop's, whose the others are, what was erased, and what this version can read.
    func commonCondition(of identity: Identity) throws -> [UInt8] {
        var writer = ByteWriter()
        writer.append(varint: UInt64(Schema.version))
        writer.append(position: try meta.erasedUpTo())
        writer.append(lengthPrefixed: try existingScope(.programme)?.chain.bytes ?? [])
        for device in try ownDevices(identity) {
            writer.append(bigEndian: device.device.rawValue)
            writer.append(varint: device.lastSequence ?? .max)
        }
        return writer.bytes
    }

    /// What a scope's log and tables are like, in few bytes; nil while there are conflicts in it,
    /// for those may be settled by what is not sent yet.
    func condition(of row: ScopeRow) throws -> [UInt8]? {
        let hasConflicts = try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM conflict WHERE scope = ?)"),
            arguments: [row.key])
        guard hasConflicts == false else { return nil }
        var writer = ByteWriter()
        writer.append(byte: UInt8(row.status.rawValue))
        writer.append(position: row.cursor)
        writer.append(bytes: row.chain.bytes)
        writer.append(bytes: row.stateHash.bytes)
        writer.append(varint: UInt64(row.setAside))
        if let snapshot = try snapshot(of: row) {
            writer.append(byte: UInt8(snapshot.state.rawValue))
            writer.append(position: snapshot.historyCursor)
            writer.append(bytes: snapshot.historyChain.bytes)
        }
        return writer.bytes
    }

    /// Finds out whether what is kept of an earlier count is what counting again gives.
    func isCountedWorkRight(_ identity: Identity) throws -> Bool {
        let own = try ownDevices(identity)
        let kept = try CountedWork.kept(meta, common: commonCondition(of: identity))
        return try allScopes().allSatisfy { row in
            guard let entry = kept.byScope[row.key], try condition(of: row) == entry.condition
            else { return true }
            return try decidedAccount(in: row, own) == entry.account
        }
    }
}
