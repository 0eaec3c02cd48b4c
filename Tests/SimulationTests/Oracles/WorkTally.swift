import Foundation
import GRDB
import Model
import Wire

@testable import Replica

/// What a laptop said it saved, change by change, kept beside its files.
struct WorkTally {
    struct Place: Hashable, Comparable {
        let scope: Scope
        let number: UInt64

        static func < (left: Self, right: Self) -> Bool {
            (left.scope, left.number) < (right.scope, right.number)
        }
    }

    /// Changes that a command reported as saved.
    private(set) var saved: [Place: Change] = [:]

    /// Takes note of what a command has just saved. Returns the new changes, in their order.
    ///
    /// - Throws: ``Violation`` if a number was given twice.
    mutating func note(
        _ found: [(place: Place, change: Change)]
    ) throws -> [(place: Place, change: Change)] {
        var new: [(place: Place, change: Change)] = []
        for (place, change) in found {
            if let known = saved[place] {
                guard known == change else {
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
                        (WorkTally.Place(scope: scope, number: first + UInt64(index)), change))
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
