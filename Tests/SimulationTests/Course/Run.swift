import Cryptography
import Foundation
import GRDB
import Model

@testable import Replica
@testable import SyncServer

/// One run of a course and what came of it.
struct Run {
    let course: Course
    let tally: Tally
    /// The promise that was not kept; nil if all were.
    let violation: Violation?
    /// At which step it showed; the number of steps if it showed at the end.
    let stepIndex: Int
    let trace: [String]
    /// Over the trace and the hub's log: equal for equal runs.
    let digest: [UInt8]

    init(_ course: Course) {
        self.course = course
        var violation: Violation?
        do {
            let simulation = try Simulation(course)
            do {
                try simulation.run()
            } catch let found as Violation {
                violation = found
            } catch {
                violation = Violation("set-up", "\(error)")
            }
            tally = simulation.tally
            trace = simulation.trace
            stepIndex = simulation.stepIndex
            digest = (try? simulation.digest()) ?? []
        } catch {
            violation = Violation("set-up", "\(error)")
            (tally, trace, stepIndex, digest) = (Tally(), [], 0, [])
        }
        self.violation = violation
    }
}

extension Simulation {
    /// A hash over the trace and the hub's log: batches, decisions, positions.
    func digest() throws -> [UInt8] {
        var hasher = ContentHasher(domain: HashDomain("waymark simulation v1"))
        for line in trace { hasher.update(Array((line + "\n").utf8)) }
        try openedHub().database.read { store in
            let rows = try Row.fetchCursor(
                store.database,
                sql: "SELECT id, core, epoch, number FROM batch ORDER BY epoch, number")
            while let row = try rows.next() {
                for column in 0..<2 { hasher.update([UInt8](row[column] as Data? ?? Data())) }
                hasher.update(Array("\(row[2] as Int64? ?? 0) \(row[3] as Int64? ?? 0)".utf8))
            }
        }
        return Array(hasher.finish().bytes)
    }
}
