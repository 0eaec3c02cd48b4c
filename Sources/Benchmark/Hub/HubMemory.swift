import Foundation

/// What a hub of many members and changes holds in memory.
struct HubMemory {
    let program: URL
    let folder: String
    let members: Int
    let changes: Int

    private static let writersAtOnce = 16
    private static let writers = 200

    func run() async throws -> [Figure] {
        var programme = try await LoadProgramme(
            hub: program, in: folder, devices: min(members, Self.writers))
        return try await programme.use { try await figures($0) }
    }

    private func figures(_ programme: LoadProgramme) async throws -> [Figure] {
        let clock = ContinuousClock()
        let others = members - programme.devices.count - 1
        let joining = try await clock.measure { try await programme.addMembers(others) }
        // A task is its life and four fields.
        let tasks = SampleTask.samples(changes / 5 / programme.writers.count)
        let writers = programme.writers
        let writing = try await clock.measure {
            for start in stride(from: 0, to: writers.count, by: Self.writersAtOnce) {
                let some = writers[start..<min(start + Self.writersAtOnce, writers.count)]
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (device, participant) in some {
                        group.addTask {
                            // The hub closes what is idle, as this was while the others joined.
                            await device.disconnect()
                            await device.reconnect(try await programme.connection())
                            await device.addTasks(tasks, for: participant)
                            try await device.deliver()
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
        let usage = programme.hub.usage
        let name = "hub of \(members) members and \(changes) changes"
        return [
            Figure("\(name): peak memory", usage.peakMiB, .mebibytes, goal: .atMost(200)),
            Figure("\(name): memory afterwards", usage.residentMiB, .mebibytes),
            Figure(
                "\(name): joining", Double(max(0, others)) / (joining / .seconds(1)), .perSecond),
            Figure("\(name): changes", Double(changes) / (writing / .seconds(1)), .perSecond),
        ]
    }
}
