import Foundation
import Model
import Replica

/// What commands cost on a laptop, by how many records it has.
struct LaptopGrowth {
    let programs: RealProgramme.ProgramFiles
    let folder: String
    /// Each a tenth of the next.
    let sizes: [Int]
    let runs: Int

    func run() throws -> [Growth] {
        let programme = try RealProgramme(programs, in: folder)
        defer { programme.remove() }
        let costs: [(name: String, run: (Int) throws -> MeasuredRun)] = [
            ("task add", { try programme.waymark("carla", "task", "add", "Read \($0)") }),
            ("sync after one new task", { _ in try programme.sync("carla").run }),
            ("sync with nothing to do", { _ in try programme.sync("carla").run }),
            ("status", { _ in try programme.waymark("carla", "status") }),
            ("task list", { _ in try programme.waymark("carla", "task", "list") }),
            (
                "task list --limit 20",
                { _ in try programme.waymark("carla", "task", "list", "--limit", "20") }
            ),
        ]
        var values = [[Double]](repeating: [], count: costs.count)
        var before = 0
        for size in sizes {
            let replica = try Replica.open(at: programme.home("carla"))
            try BulkWork.addTasks(
                size - before, for: replica.identity.member, in: replica)
            before = size
            try programme.waymark("carla", "sync")
            var times = [[Double]](repeating: [], count: costs.count)
            for index in 0..<runs {
                for (cost, item) in costs.enumerated() {
                    times[cost].append(try item.run(index).milliseconds)
                }
            }
            for cost in costs.indices {
                values[cost].append(times[cost].sorted()[runs / 2])
            }
        }
        return zip(costs, values).map {
            Growth(
                name: $0.name, unit: .milliseconds, of: "records", sizes: sizes, values: $1)
        }
    }
}
