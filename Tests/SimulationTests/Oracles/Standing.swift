import Cryptography
import Foundation
import GRDB
import Model
import Wire

@testable import Replica
@testable import SyncServer

/// What a replica or the hub holds, in a form that can be compared.
struct Standing: Equatable {
    /// Chain and state hash by scope, of scopes that have an entry.
    var scopes: [Scope: Sums] = [:]
    /// Ids and kinds of open conflicts.
    var conflicts: [String: Scope] = [:]
    /// Those in fields of the later version. One that only laptops of one member are in is none to a
    /// program that knows the field.
    var laterConflicts: [String: Scope] = [:]
    /// Shown values of every row, by entity, scope and id.
    var rows: [String: String] = [:]

    struct Sums: Equatable {
        let chain: Digest
        let stateHash: StateHash
    }

    init(_ store: StoreTransaction) throws {
        var keys: [Int64: Scope] = [:]
        for row in try store.allScopes() { keys[row.key] = row.scope }
        scopes = try Self.sums(store)
        for row in try Row.fetchAll(
            store.database, sql: "SELECT hex(id), kind, scope, entity, field FROM conflict")
        {
            let key = "\(row[0] as String) \(row[1] as String)"
            if LaterVersion.declares(FieldID(row[4]), of: EntityID(row[3])) {
                laterConflicts[key] = keys[row[2]]
            } else {
                conflicts[key] = keys[row[2]]
            }
        }
        for row in try Row.fetchAll(
            store.database,
            sql: """
                SELECT hex(id), scope, entity || ' ' || life || ' ' || createdAt || ' '
                    || updatedAt FROM foreignRecord
                """)
        {
            guard let scope = keys[row[1]], let text = row[2] as String? else { continue }
            let entity = text.prefix { $0 != " " }
            rows["\(entity) \(scope.bytes.hexadecimal) \(row[0] as String)"] = text
        }
        for entity in Schema.entities {
            let columns = entity.fields.map { "quote(\"\($0.name)\")" }
                .joined(separator: " || ' ' || ")
            for row in try Row.fetchAll(
                store.database,
                sql: """
                    SELECT hex(id), scope, life || ' ' || createdAt || ' ' || updatedAt || ' '
                        || \(columns) FROM "\(entity.name)"
                    """)
            {
                guard let scope = keys[row[1]] else { continue }
                rows["\(entity.name) \(scope.bytes.hexadecimal) \(row[0] as String)"] = row[2]
            }
        }
    }

    static func of(_ laptop: Programme.Laptop) throws -> Standing { try of(laptop.replica) }

    static func of(_ replica: Replica) throws -> Standing {
        try replica.writer.read { try Standing(StoreTransaction($0)) }
    }

    private static func sums(_ store: StoreTransaction) throws -> [Scope: Sums] {
        let rows = try store.allScopes().filter { $0.chain != .zero }
        return Dictionary(
            uniqueKeysWithValues: rows.map {
                ($0.scope, Sums(chain: $0.chain, stateHash: $0.stateHash))
            })
    }

    /// Chains and state hashes alone.
    static func sums(of replica: Replica) throws -> [Scope: Sums] {
        try replica.writer.read { try sums(StoreTransaction($0)) }
    }

    static func sums(of hub: Hub) throws -> [Scope: Sums] {
        try hub.database.read { try sums($0.tables) }
    }

    static func of(_ hub: Hub) throws -> Standing {
        try hub.database.read { try Standing($0.tables) }
    }

    /// Where it is another than a second one, for a person to begin looking.
    func difference(from other: Standing) -> String {
        func keys<Key: Hashable & CustomStringConvertible, Item: Equatable>(
            _ left: [Key: Item], _ right: [Key: Item]
        ) -> [String] {
            Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }.map { key in
                let items = [left, right].map { $0[key].map { "\($0)" } ?? "nothing" }
                return "\(key): \(items[0]) and \(items[1])"
            }
            .sorted()
        }
        let differing = Set(scopes.keys).union(other.scopes.keys)
            .filter { scopes[$0] != other.scopes[$0] }.map { "\($0)" }.sorted()
        return (differing + keys(conflicts, other.conflicts) + keys(rows, other.rows)).prefix(4)
            .joined(separator: "; ")
    }

    /// The part of it that lies in these scopes.
    func restricted(to wanted: Set<Scope>) -> Standing {
        var part = self
        part.scopes = scopes.filter { wanted.contains($0.key) }
        part.conflicts = conflicts.filter { wanted.contains($0.value) }
        part.laterConflicts = laterConflicts.filter { wanted.contains($0.value) }
        let names = Set(wanted.map(\.bytes.hexadecimal))
        part.rows = rows.filter { names.contains(String($0.key.split(separator: " ")[1])) }
        return part
    }
}
