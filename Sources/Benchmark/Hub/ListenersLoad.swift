import Foundation
import Model
import NIOSSL

/// Many devices that listen for news and hear nothing, for the most part: what they cost the hub, and
/// how soon those whom something concerns hear of it.
struct ListenersLoad {
    let program: URL
    let folder: String
    let listeners: Int

    private static let opensAtOnce = 32
    private static let idleSeconds = 30
    private static let rounds = 50

    func run() async throws -> [Figure] {
        var programme = try await LoadProgramme(
            hub: program, in: folder, devices: listeners, staysConnected: false)
        return try await programme.use { try await figures($0) }
    }

    private func figures(_ programme: LoadProgramme) async throws -> [Figure] {
        let clock = ContinuousClock()
        try await Task.sleep(for: .seconds(3))
        let before = programme.hub.usage
        let begun = clock.now
        let streams = try await streams(of: programme)
        let opening = clock.now - begun
        try await Task.sleep(for: .seconds(5))
        let open = programme.hub.usage
        try await Task.sleep(for: .seconds(Self.idleSeconds))
        let idle = programme.hub.usage
        let times = try await news(programme, streams)
        let busy = programme.hub.usage
        let (all, strays) = try await newsForAll(programme, streams)
        let after = programme.hub.usage
        for stream in streams { await stream.close() }
        let count = Double(listeners)
        func figure(_ name: String, _ value: Double, _ unit: Figure.Unit) -> Figure {
            Figure("\(listeners) listeners: \(name)", value, unit)
        }
        return [
            figure("hub's memory before", before.residentMiB, .mebibytes),
            figure("hub's memory", idle.residentMiB, .mebibytes),
            figure(
                "a listener", (open.residentMiB - before.residentMiB) * 1_048_576 / count, .bytes),
            figure("listening begun", count / (opening / .seconds(1)), .perSecond),
            figure(
                "hub's processor time in \(Self.idleSeconds) idle seconds",
                (idle.cpuSeconds - open.cpuSeconds) * 1000, .milliseconds),
            figure("news after the sender's answer, median", times.median, .milliseconds),
            figure("news after the sender's answer, slowest", times.worst, .milliseconds),
            figure("events to whom they do not concern", Double(strays), .count),
            figure(
                "hub's processor time for each news",
                (busy.cpuSeconds - idle.cpuSeconds) * 1000 / Double(Self.rounds), .milliseconds),
            figure("news for all: the last hears", all.worst, .milliseconds),
            figure(
                "news for all: hub's processor time", (after.cpuSeconds - busy.cpuSeconds) * 1000,
                .milliseconds),
        ]
    }

    /// Lets all devices listen, in the order in which the programme has them.
    private func streams(of programme: LoadProgramme) async throws -> [EventConnection] {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates([programme.hub.certificate])
        configuration.certificateVerification = .noHostnameVerification
        let context = try NIOSSLContext(configuration: configuration)
        let (devices, port) = (programme.devices, programme.hub.port)
        // Where they are is where they all were when the last had joined.
        let last = programme.admin
        await last.reconnect(try await programme.connection())
        try await last.level()
        let position = await last.eventID
        var streams: [EventConnection] = []
        for start in stride(from: 0, to: devices.count, by: Self.opensAtOnce) {
            let some = start..<min(start + Self.opensAtOnce, devices.count)
            streams += try await withThrowingTaskGroup(of: (Int, EventConnection).self) { group in
                for index in some {
                    group.addTask {
                        let stream = try await EventConnection.open(port: port, trusting: context) {
                            (await devices[index].authorization(answering: $0), position)
                        }
                        return (index, stream)
                    }
                }
                let opened = try await group.reduce(into: []) { $0.append($1) }
                return opened.sorted { $0.0 < $1.0 }.map(\.1)
            }
        }
        return streams
    }

    /// A participant sends; how long after the answer their mentor hears of it.
    private func news(
        _ programme: LoadProgramme, _ streams: [EventConnection]
    ) async throws -> Latencies {
        let participant = programme.participants[0]
        await participant.reconnect(try await programme.connection())
        var events = streams[0].events.makeAsyncIterator()
        var times: [Duration] = []
        for sample in SampleTask.samples(Self.rounds) {
            try await Task.sleep(for: .milliseconds(700))
            await participant.addTasks([sample], for: participant.member)
            let sent = ContinuousClock.now
            try await participant.deliver()
            let answered = ContinuousClock.now
            guard let heard = await events.next() else { break }
            times.append(max(.zero, heard - max(sent, answered)))
        }
        await participant.disconnect()
        return Latencies(times)
    }

    /// A mentor offers a time, which all members read; when each hears of it, and how many events
    /// came before on streams of devices that nothing had concerned.
    private func newsForAll(
        _ programme: LoadProgramme, _ streams: [EventConnection]
    ) async throws -> (Latencies, strays: Int) {
        let mentor = programme.mentors[0]
        await mentor.reconnect(try await programme.connection())
        _ = await mentor.addSlot(capacity: 1, hoursAhead: 48)
        let start = ContinuousClock.now
        try await mentor.deliver()
        let concerned = Set([0, programme.mentors.count])
        let heard = await withTaskGroup(of: (Duration, Int).self) { group in
            for (index, stream) in streams.enumerated() {
                group.addTask {
                    var early = 0
                    for await moment in stream.events {
                        if moment > start { return (moment - start, early) }
                        if !concerned.contains(index) { early += 1 }
                    }
                    return (.seconds(999), early)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return (Latencies(heard.map(\.0)), heard.map(\.1).reduce(0, +))
    }
}
