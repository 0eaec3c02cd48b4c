import Cryptography
import Foundation
import GRDB
package import Model

/// Names an entry of an imported file by what stands in it, so that importing the file again adds
/// nothing.
package struct JournalImportKey: Hashable, Sendable {
    package let bytes: [UInt8]

    /// The first sixteen bytes of the hash of date, title and text, each with its length before it.
    package init(date: String, title: String, body: String) {
        var writer = ByteWriter(reservingCapacity: body.utf8.count + title.utf8.count + 32)
        for text in [date, title, body] {
            let content = Array(text.utf8)
            writer.append(count: content.count)
            writer.append(bytes: content)
        }
        let hash = ContentHash.of(writer.bytes, domain: HashDomain("waymark import v1"))
        bytes = Array(hash.bytes.prefix(16))
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    package var value: Value { .bytes(bytes) }
}

extension ReplicaReader {
    /// The keys of the member's own entries, private or shared: what they were imported as, and
    /// what they say now, so that an exported journal that is imported again adds nothing either.
    /// An entry that was deleted may be imported anew.
    package func journalImportKeys() throws -> Set<JournalImportKey> {
        try store.flush(Schema.journalEntry.id)
        let scopes = try [Scope.own(identity.member), .participant(identity.member)]
            .compactMap { try store.existingScope($0)?.key }
        var keys: Set<JournalImportKey> = []
        for scope in scopes {
            let rows = try Row.fetchCursor(
                store.database,
                sql: """
                    SELECT importKey, date, title, body FROM journalEntry
                    WHERE scope = ? AND life = 0
                    """, arguments: [scope])
            while let row = try rows.next() {
                if let stored = row[0] as Data? { keys.insert(JournalImportKey(stored: stored)) }
                keys.insert(
                    JournalImportKey(
                        date: row[1] ?? "", title: row[2] ?? "", body: row[3] ?? ""))
            }
        }
        return keys
    }
}

extension JournalImportKey {
    fileprivate init(stored data: Data) { self.init(bytes: [UInt8](data)) }
}
