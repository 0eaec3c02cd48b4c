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
    /// heard of all that it has may hold one of them. Of what never came to it, it knows nothing.
    func erasedWords(at hub: Hub) throws -> Set<[UInt8]> {
        try hub.database.read { store in
            var erased: Set<ErasedRecord> = []
            var changes: [Change] = []
            var arrived: Set<WorkTally.Place> = []
            let rows = try Row.fetchAll(
                store.database, sql: StoreTransaction.LoggedSection.selectSQL)
            for logged in try rows.map({ try StoreTransaction.LoggedSection($0) }) {
                guard let section = try? SectionBytes(logged.bytes).open() else { continue }
                let admission = try logged.admissionBytes.map(SectionAdmission.init(encodedBytes:))
                changes += section.changeSets.flatMap(\.changes)
                for number in section.firstNumber...section.lastNumber {
                    arrived.insert(
                        WorkTally.Place(
                            device: logged.device, scope: section.scope, number: number))
                }
                for set in section.changeSets
                where admission.map({ $0.refusal(ofOrdinal: set.ordinal) == nil }) ?? false {
                    for change in set.changes where change.isErasure {
                        erased.insert(ErasedRecord(record: change.record, entity: change.entity))
                    }
                }
            }
            let taken = laptops.flatMap(\.work.saved).filter { place, change in
                arrived.contains(place)
                    && erased.contains(
                        ErasedRecord(record: change.record, entity: change.entity))
            }.map(\.value)
            guard !taken.isEmpty else { return [] }
            changes += try store.parkedSections().flatMap(\.changeSets).flatMap(\.changes)
            // What several edits have made of a text is in none of them.
            let texts = try Schema.entities.flatMap { entity in
                try Row.fetchAll(store.database, sql: "SELECT * FROM \"\(entity.name)\"")
                    .flatMap { row in row.compactMap { String.fromDatabaseValue($0.1) } }
            }
            let left = texts.reduce(into: words(in: changes)) { left, text in
                left.formUnion(canaries.words(in: text.utf8))
            }
            return words(in: taken).subtracting(left)
        }
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
            return words(in: changes)
        }
    }

    func words(in changes: [Change]) -> Set<[UInt8]> {
        changes.reduce(into: []) { $0.formUnion(words(in: $1)) }
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
