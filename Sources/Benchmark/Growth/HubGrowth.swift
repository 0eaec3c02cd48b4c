import Foundation
import Model

/// What a small sync costs the hub, by what is there already.
struct HubGrowth {
    let program: URL
    let folder: String
    /// Each a tenth of the next.
    let sizes: [Int]

    private static let syncs = 150

    func run() async throws -> [Growth] {
        [
            try await history(), try await members(), try await scopes(), try await devices(),
        ]
    }

    /// With so many changes in the log, of another member.
    private func history() async throws -> Growth {
        let sizes = sizes.map { $0 * 1000 }
        let values = try await measure("history", mentors: 1, participants: 2, sizes) {
            programme, size, before in
            let writer = programme.participants[1]
            for _ in 0..<max(1, (size - before) / 10_000) {
                let tasks = SampleTask.samples(max(1, min(10_000, size - before) / 5))
                await writer.addTasks(tasks, for: writer.member)
                try await writer.deliver()
            }
            return programme.participants[0]
        }
        return Growth(
            name: "a small sync", unit: .milliseconds, of: "changes in the log", sizes: sizes,
            values: values)
    }

    private func members() async throws -> Growth {
        let sizes = sizes.map { $0 * 10 }
        let values = try await measure("members", mentors: 1, participants: 1, sizes) {
            programme, size, before in
            try await programme.addMembers(size - before)
            return programme.participants[0]
        }
        return Growth(
            name: "a small sync", unit: .milliseconds, of: "members", sizes: sizes, values: values)
    }

    /// A mentor's, whose participants have a scope each.
    private func scopes() async throws -> Growth {
        var values: [Double] = []
        for size in sizes {
            values += try await measure("scopes\(size)", mentors: 1, participants: size, [size]) {
                programme, _, _ in programme.mentors[0]
            }
        }
        return Growth(
            name: "a small sync of a mentor", unit: .milliseconds, of: "participants",
            sizes: sizes, values: values)
    }

    private func devices() async throws -> Growth {
        let values = try await measure("devices", mentors: 1, participants: 1, sizes) {
            programme, size, before in
            let device = programme.participants[0]
            for _ in before..<size { try await programme.addDevice(of: device) }
            return device
        }
        return Growth(
            name: "a small sync", unit: .milliseconds, of: "devices of the member", sizes: sizes,
            values: values)
    }

    /// The median of small syncs, one after the other, when the programme has grown to each size.
    private func measure(
        _ name: String, mentors: Int, participants: Int, _ sizes: [Int],
        grow: (LoadProgramme, _ size: Int, _ before: Int) async throws -> LoadDevice
    ) async throws -> [Double] {
        var programme = try await LoadProgramme(
            hub: program, in: "\(folder)-\(name)", mentors: mentors, participants: participants)
        return try await programme.use { programme in
            var values: [Double] = []
            var before = 1
            for size in sizes {
                let device = try await grow(programme, size, before)
                before = size
                values.append(try await Self.median(of: device, in: programme))
            }
            return values
        }
    }

    private static func median(
        of device: LoadDevice, in programme: LoadProgramme
    ) async throws -> Double {
        let task = SampleTask.samples(1)
        let participant =
            device === programme.mentors[0] ? programme.participants[0].member : device.member
        try await device.level()
        var times: [Duration] = []
        let clock = ContinuousClock()
        for _ in 0..<syncs {
            await device.addTasks(task, for: participant)
            let start = clock.now
            try await device.level()
            times.append(clock.now - start)
        }
        return Latencies(times).median
    }
}
