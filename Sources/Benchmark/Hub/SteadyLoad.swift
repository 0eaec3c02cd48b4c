import Foundation
import Synchronization
import Wire
import Model

/// Many devices that sync small batches one after the other, until the hub is killed in the middle
/// of it. What it had acknowledged must be there when it comes back.
struct SteadyLoad {
    private static let syncsMax = 1_000_000

    let program: URL
    let folder: String
    let devices: Int
    let seconds: Int

    /// A device's finished syncs.
    private struct Diary: Sendable {
        var times: [Duration] = []
        var bytesSent = 0
    }

    func run() async throws -> [Figure] {
        var programme = try await LoadProgramme(hub: program, in: folder, devices: devices)
        return try await programme.use { try await figures(&$0) }
    }

    private func figures(_ programme: inout LoadProgramme) async throws -> [Figure] {
        let idle = programme.hub.usage
        let own = ProcessUsage(of: ProcessUsage.own)
        let (diaries, busy, driver) = try await load(programme)
        let syncs = Latencies(diaries.flatMap(\.times))
        let acknowledged = try await Self.acknowledged(by: programme.devices)
        let clock = ContinuousClock()
        let begin = clock.now
        try await programme.restart()
        let restart = clock.now - begin
        let found = try await recovered(programme)
        let lost = acknowledged.subtracting(found)
        let bytes = diaries.map(\.bytesSent).reduce(0, +) / max(1, syncs.count)
        let echo = try await EchoLoad(connections: programme.devices.count, bodyBytes: bytes)
            .run(folder, for: .seconds(min(10, seconds)))
        let perSecond = Double(syncs.count) / Double(seconds)
        func cpu(_ from: ProcessUsage, _ to: ProcessUsage) -> Double {
            (to.cpuSeconds - from.cpuSeconds) * 1000 / Double(max(1, syncs.count))
        }
        func figure(
            _ name: String, _ value: Double, _ unit: Figure.Unit,
            beside comparison: Double? = nil, goal: Goal? = nil
        ) -> Figure {
            Figure(
                "\(devices) devices, small syncs: \(name)", value, unit, beside: comparison,
                goal: goal, isGoalOfRatio: false)
        }
        return [
            figure(
                "throughput", perSecond, .perSecond, beside: echo.perSecond,
                goal: .atLeast(1500)),
            figure("median", syncs.median, .milliseconds, beside: echo.latencies.median),
            figure("99th percentile", syncs.p99, .milliseconds, beside: echo.latencies.p99),
            figure("slowest", syncs.worst, .milliseconds, beside: echo.latencies.worst),
            figure("request body", Double(bytes), .bytes),
            figure("hub's processor time a sync", cpu(idle, busy), .milliseconds),
            figure("driver's processor time a sync", cpu(own, driver), .milliseconds),
            figure("hub's memory before", idle.residentMiB, .mebibytes),
            figure("hub's peak memory", busy.peakMiB, .mebibytes),
            figure("acknowledged before kill -9", Double(acknowledged.count), .count),
            figure("lost by kill -9", Double(lost.count), .count, goal: .atMost(0)),
            figure("start after kill -9", restart.milliseconds, .milliseconds),
        ]
    }

    /// Syncs for the given time, then kills the hub while everybody goes on.
    private func load(
        _ programme: LoadProgramme
    ) async throws -> (diaries: [Diary], hub: ProcessUsage, driver: ProcessUsage) {
        let clock = ContinuousClock()
        let start = clock.now
        let limit = Duration.seconds(seconds)
        return try await withThrowingTaskGroup(of: Diary.self) { group in
            let tasks = SampleTask.samples(1000)
            for (index, writer) in programme.writers.enumerated() {
                group.addTask {
                    var diary = Diary()
                    for round in 0..<Self.syncsMax {
                        let task = tasks[(index * 7 + round) % tasks.count]
                        await writer.device.addTasks([task], for: writer.participant)
                        let begin = clock.now
                        do {
                            try await writer.device.level { diary.bytesSent += $0.bytesSent }
                        } catch {
                            // The hub is gone, as it should be at the end and not before.
                            guard clock.now - start >= limit else { throw error }
                            return diary
                        }
                        let end = clock.now
                        if end - start < limit { diary.times.append(end - begin) }
                    }
                    return diary
                }
            }
            try await clock.sleep(until: start + limit)
            let hub = programme.hub.usage
            let driver = ProcessUsage(of: ProcessUsage.own)
            programme.hub.kill()
            return (try await group.reduce(into: []) { $0.append($1) }, hub, driver)
        }
    }

    private static func acknowledged(by devices: [LoadDevice]) async throws -> Set<Digest> {
        var all: Set<Digest> = []
        for device in devices { all.formUnion(await device.acknowledged) }
        return all
    }

    /// The batches that an admin gets to read, who had read nothing of them before. Then everybody
    /// sends what was on its way.
    private func recovered(_ programme: LoadProgramme) async throws -> Set<Digest> {
        let found = Mutex<Set<Digest>>([])
        try await programme.admin.level { page in
            for entry in page.entries {
                guard let batch = entry.batch else { continue }
                _ = found.withLock { $0.insert(batch.id) }
            }
        }
        for device in programme.devices { try await device.level() }
        return found.withLock { $0 }
    }
}
