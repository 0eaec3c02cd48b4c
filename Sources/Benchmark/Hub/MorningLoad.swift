import Foundation
import Model

/// The morning after a week offline: everybody sends many changes at the same moment.
struct MorningLoad {
    let program: URL
    let folder: String
    let devices: Int
    /// Of each device.
    let changes: Int

    func run() async throws -> [Figure] {
        var programme = try await LoadProgramme(hub: program, in: folder, devices: devices)
        return try await programme.use { try await figures($0) }
    }

    private func figures(_ programme: LoadProgramme) async throws -> [Figure] {
        // A task is its life and four fields.
        let tasks = SampleTask.samples(max(1, changes / 5))
        for (device, participant) in programme.writers {
            await device.addTasks(tasks, for: participant)
        }
        let idle = programme.hub.usage
        let clock = ContinuousClock()
        let start = clock.now
        let done = try await withThrowingTaskGroup(of: (Duration, Int).self) { group in
            for (device, _) in programme.writers {
                group.addTask {
                    var bytes = 0
                    try await device.level { bytes += $0.bytesSent }
                    return (clock.now - start, bytes)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let whole = clock.now - start
        let busy = programme.hub.usage
        let times = Latencies(done.map(\.0))
        let bytes = done.map(\.1).reduce(0, +) / max(1, done.count)
        let echo = try await EchoLoad(connections: done.count, bodyBytes: bytes)
            .run(folder, for: .seconds(60), postsEach: 1)
        let count = Double(done.count * tasks.count * 5)
        func figure(
            _ name: String, _ value: Double, _ unit: Figure.Unit, beside comparison: Double? = nil
        ) -> Figure {
            Figure(
                "\(devices) devices, \(tasks.count * 5) changes at once: \(name)", value, unit,
                beside: comparison)
        }
        return [
            figure("all level", whole.milliseconds, .milliseconds, beside: echo.seconds * 1000),
            figure("a device, median", times.median, .milliseconds, beside: echo.latencies.median),
            figure("a device, slowest", times.worst, .milliseconds, beside: echo.latencies.worst),
            figure("changes", count / (whole / .seconds(1)), .perSecond),
            figure("request bodies of a device", Double(bytes), .bytes),
            figure(
                "hub's processor time", (busy.cpuSeconds - idle.cpuSeconds) * 1000, .milliseconds),
            figure("hub's memory before", idle.residentMiB, .mebibytes),
            figure("hub's peak memory", busy.peakMiB, .mebibytes),
        ]
    }
}
