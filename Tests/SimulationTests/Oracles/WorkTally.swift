import Foundation
import GRDB
import Model
import Wire

@testable import Replica

/// What a laptop said it saved, change by change, kept beside its files.
struct WorkTally {
    struct Place: Hashable, Comparable {
        let device: DeviceID
        let scope: Scope
        let number: UInt64

        static func < (left: Self, right: Self) -> Bool {
            (left.device, left.scope, left.number) < (right.device, right.scope, right.number)
        }
    }

    /// Changes that a command reported as saved.
    private(set) var saved: [Place: Change] = [:]

    /// Begins anew with what an old copy holds: the rest was lost with the disk, or is the hub's.
    mutating func goBack(to found: [(place: Place, change: Change)]) throws {
        saved = [:]
        _ = try note(found)
    }

    /// Takes note of what a command has just saved. Returns the new changes, in their order.
    ///
    /// - Throws: ``Violation`` if a number was given twice.
    mutating func note(
        _ found: [(place: Place, change: Change)]
    ) throws -> [(place: Place, change: Change)] {
        var new: [(place: Place, change: Change)] = []
        for (place, change) in found {
            if let known = saved[place] {
                guard known.isSame(orErasedOf: change) else {
                    throw Violation("saved work", "\(place.number) in \(place.scope) changed")
                }
                continue
            }
            saved[place] = change
            new.append((place, change))
        }
        return new
    }
}

extension Replica {
    /// Texts that wait to be written anew under another key, or were refused.
    func textsElsewhere() throws -> Set<String> {
        try writer.read { database in
            let store = StoreTransaction(database)
            let tail = try store.tailSets().flatMap(\.set.parts).flatMap(\.changes)
            let rejected = try store.rejectedItems().flatMap(\.changes)
            return Set((tail + rejected).compactMap(\.writtenText))
        }
    }

    /// What waits to be written anew under another key, in the order it was made.
    func tailWork() throws -> [(place: WorkTally.Place, change: Change)] {
        try writer.read { database in
            try StoreTransaction(database).tailSets().flatMap { tail in
                tail.set.parts.flatMap { part in
                    part.changes.enumerated().map { index, change in
                        let place = WorkTally.Place(
                            device: tail.device, scope: part.scope,
                            number: part.firstNumber + UInt64(index))
                        return (place, change)
                    }
                }
            }
        }
    }

    /// All changes of this device that the replica holds and has not lost with a scope: those that
    /// wait as rows, and those in its own sections.
    func ownWork() throws -> [(place: WorkTally.Place, change: Change)] {
        let device = identity.device
        return try writer.read { database in
            let store = StoreTransaction(database)
            var work: [(place: WorkTally.Place, change: Change)] = []
            func add(_ scope: Scope, _ first: UInt64, _ changes: [Change]) {
                for (index, change) in changes.enumerated() {
                    work.append(
                        (
                            WorkTally.Place(
                                device: device, scope: scope, number: first + UInt64(index)), change
                        ))
                }
            }
            let sections = try Data.fetchAll(
                database, sql: "SELECT bytes FROM section WHERE device = ? ORDER BY key",
                arguments: [device.column])
            for bytes in sections {
                let section = try SectionBytes([UInt8](bytes)).open()
                add(section.scope, section.firstNumber, section.changeSets.flatMap(\.changes))
            }
            for part in try store.pendingSets().flatMap(\.parts) {
                add(part.scope, part.firstNumber, part.changes)
            }
            return work
        }
    }
}

extension Change {
    /// The text that it gives its field, or puts into it; nil if there is none.
    var writtenText: String? {
        switch operation {
        case .set(.text(let text)):
            return text
        case .splice(let operand):
            // Which device's edit it is makes no difference to the words.
            let edits = (0...1).lazy.compactMap {
                try? TextEdit(encoded: operand, by: DeviceID(rawValue: UInt64($0)))
            }
            return edits.first.flatMap { $0.insertedText.isEmpty ? nil : $0.insertedText }
        default:
            return nil
        }
    }

    /// Whether they are the same, or one of them is what an erasure has left of the other.
    func isSame(orErasedOf other: Change) -> Bool {
        if self == other { return true }
        return operation == .erased && other.isErasable && self == other.erased
            || other.operation == .erased && isErasable && other == erased
    }

    /// Whether this rejected change is what became of another: the same, or the text that was to be
    /// saved by an edit.
    func keeps(_ change: Change) -> Bool {
        if isSame(orErasedOf: change) { return true }
        guard case .splice = change.operation, record == change.record, field == change.field,
            case .set(let value) = operation
        else { return false }
        // Words may have been rewritten before the whole text was refused; that they are there counts,
        // also where the item has a mark for words of others between them.
        let words = (change.writtenText ?? "").split(separator: " ")
        return value.isNull || words.allSatisfy((value.text ?? "").contains)
    }
}
