import Foundation
import GRDB
import Model
import Wire

@testable import Replica
@testable import SyncServer

/// What was erased is in no file any more.
extension Simulation {
    private struct ErasedRecord: Hashable {
        let record: RecordID
        let entity: EntityID
    }

    /// Words that stood in erased records only, as far as a hub knows of erasures: nobody who has
    /// heard of all that it has may hold one of them.
    func erasedWords(at hub: Hub) throws -> Set<[UInt8]> {
        var erased: Set<ErasedRecord> = []
        var left: Set<[UInt8]> = []
        try hub.database.read { store in
            let database = store.database
            for row in try Row.fetchAll(database, sql: StoreTransaction.LoggedSection.selectSQL) {
                let logged = try StoreTransaction.LoggedSection(row)
                guard let section = try? SectionBytes(logged.bytes).open() else { continue }
                let admission = try logged.admissionBytes.map(SectionAdmission.init(encodedBytes:))
                for set in section.changeSets {
                    let isAdmitted =
                        admission.map { $0.refusal(ofOrdinal: set.ordinal) == nil } ?? false
                    for change in set.changes {
                        if isAdmitted, change.isErasure {
                            erased.insert(
                                ErasedRecord(record: change.record, entity: change.entity))
                        }
                        left.formUnion(self.words(in: change))
                    }
                }
            }
            guard !erased.isEmpty else { return }
            for bytes in try Data.fetchAll(database, sql: "SELECT bytes FROM parkedBatch") {
                for section in try SealedBatch(encodedBytes: [UInt8](bytes)).sections {
                    guard let section = try? section.open() else { continue }
                    for change in section.changeSets.flatMap(\.changes) {
                        left.formUnion(self.words(in: change))
                    }
                }
            }
            // What several edits have made of a text is in none of them.
            for entity in Schema.entities {
                let sql = "SELECT * FROM \"\(entity.name)\""
                for row in try Row.fetchAll(database, sql: sql) {
                    for (_, value) in row {
                        if let text = String.fromDatabaseValue(value) {
                            left.formUnion(canaries.words(in: text.utf8))
                        }
                    }
                }
            }
        }
        guard !erased.isEmpty else { return [] }
        var words: Set<[UInt8]> = []
        for laptop in laptops {
            for change in laptop.work.saved.values
            where erased.contains(ErasedRecord(record: change.record, entity: change.entity)) {
                words.formUnion(self.words(in: change))
            }
        }
        return words.subtracting(left)
    }

    /// Words that a laptop may hold although they were erased: of what the hub has not decided on,
    /// or has not got; and, until all is over, of what the laptop kept as rejected. One that was
    /// restored keeps what it could not send under its former key, and nobody can tell it more.
    func wordsUnderWay(on replica: Replica, isForked: Bool) throws -> Set<[UInt8]> {
        try replica.writer.read { database in
            let store = StoreTransaction(database)
            var changes: [Change] = []
            let sections = try Data.fetchAll(
                database, sql: "SELECT bytes FROM section WHERE epoch IS NULL")
            for bytes in sections {
                guard let section = try? SectionBytes([UInt8](bytes)).open() else { continue }
                changes += section.changeSets.flatMap(\.changes)
            }
            changes += try store.pendingSets().flatMap(\.parts).flatMap(\.changes)
            changes += try store.tailSets().flatMap(\.set.parts).flatMap(\.changes)
            if !isCalm || isForked { changes += try store.rejectedItems().flatMap(\.changes) }
            return changes.reduce(into: []) { $0.formUnion(words(in: $1)) }
        }
    }

    private func words(in change: Change) -> Set<[UInt8]> {
        switch change.operation {
        case .set(.text(let text)), .add(.text(let text)), .remove(.text(let text)):
            canaries.words(in: text.utf8)
        case .splice(let operand), .opaque(_, let operand):
            canaries.words(in: operand)
        default: []
        }
    }

    /// Looks for erased words in a hub's files.
    func checkErased(in hub: Hub) throws {
        let needles = try erasedWords(at: hub).sorted { $0.lexicographicallyPrecedes($1) }
        guard !needles.isEmpty else { return }
        for _ in needles { tally.note("word erased") }
        let files = FileManager.default
        for name in try files.contentsOfDirectory(atPath: hubMachine.folder.path).sorted() {
            let path = "\(hubMachine.folder.path)/\(name)"
            guard let bytes = files.contents(atPath: path) else { continue }
            if let needle = Canaries.find(needles, in: bytes) {
                let word = String(decoding: needle, as: UTF8.self)
                throw Violation("erasure", "the hub has \(word) in \(name)")
            }
        }
    }
}
