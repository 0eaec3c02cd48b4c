import Model
import Replica
import Synchronization
import TestSupport
import Testing

@testable import SyncClient

@Suite struct EventStreamReaderTests {
    private func read(_ text: String, inPiecesOf size: Int = 1000) throws
        -> [EventStreamReader.Event]
    {
        var reader = EventStreamReader()
        let bytes = Array(text.utf8)
        return try stride(from: 0, to: bytes.count, by: size).flatMap { start in
            try reader.take(bytes[start..<min(start + size, bytes.count)])
        }
    }

    private func event(_ name: String, _ id: String = "") -> EventStreamReader.Event {
        EventStreamReader.Event(name: name, id: id)
    }

    @Test(arguments: [1, 2, 3, 1000]) func eventsOfTheHubAreRead(size: Int) throws {
        let text = ": listening\n\nevent: news\nid: 1-7\ndata\n\n:\n\nevent: replaced\ndata\n\n"
        let events = [event("news", "1-7"), event("replaced", "1-7")]
        #expect(try read(text, inPiecesOf: size) == events)
        for end in ["\r\n", "\r"] {
            #expect(try read(text.replacing("\n", with: end), inPiecesOf: size) == events)
        }
    }

    /// The examples of the standard, and what else it says.
    @Test func eventsOfOthersAreReadAsBrowsersDo() throws {
        #expect(
            try read("data: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n")
                == [event("message", "1"), event("message"), event("message")])
        #expect(try read("data\n\ndata\ndata\n\ndata:") == [event("message"), event("message")])
        #expect(try read("event: news\n\n") == [])
        #expect(try read("\u{FEFF}event: news\ndata\n\n") == [event("news")])
        #expect(try read("retry: 5\nother: x\nevent:news\ndata: a: b\n\n") == [event("news")])
        #expect(try read("id: a\u{0}b\nid2: 3\ndata\n\n") == [event("message")])
    }

    @Test func lineWithoutAnEndIsGivenUp() {
        var reader = EventStreamReader()
        #expect(throws: EventStreamReader.LineTooLong.self) {
            for _ in 0..<100 { _ = try reader.take(Array(repeating: 0x61, count: 100)) }
        }
    }
}

@Suite struct WatchPlanTests {
    private let device = DeviceID(rawValue: 77)

    private func position(_ number: UInt64, epoch: UInt32 = 1) -> Position {
        Position(epoch: epoch, number: number)
    }

    /// A plan after its first sync, which ended at 10.
    private func begun() -> WatchPlan {
        var plan = WatchPlan(device: device, position: position(3))
        #expect(plan.beginsSync(at: .zero) == true)
        plan.note(.synced(position(10)), at: .seconds(1))
        return plan
    }

    @Test func syncsAtOnceAndThenWhenThereIsSomething() {
        var plan = begun()
        plan.note(.heard(.opened), at: .seconds(1))
        #expect(plan.beginsSync(at: .seconds(2)) == false)
        plan.note(.heard(.news(position(11))), at: .seconds(3))
        #expect(plan.beginsSync(at: .seconds(3)) == true)
        plan.note(.synced(position(11)), at: .seconds(3))
        #expect(plan.beginsSync(at: .seconds(3)) == false)
        plan.note(.wrote, at: .seconds(4))
        #expect(plan.beginsSync(at: .seconds(4)) == true)
        plan.note(.synced(position(12)), at: .seconds(4))
        // The hub tells a device of its own work, too, which it knows from the sync's answer.
        plan.note(.heard(.news(position(12))), at: .seconds(5))
        #expect(plan.beginsSync(at: .seconds(5)) == false)
    }

    @Test func whatHappensDuringASyncIsForTheNext() {
        var plan = begun()
        plan.note(.wrote, at: .seconds(2))
        #expect(plan.beginsSync(at: .seconds(2)) == true)
        plan.note(.wrote, at: .seconds(3))
        plan.note(.heard(.news(position(15))), at: .seconds(3))
        plan.note(.synced(position(15)), at: .seconds(4))
        #expect(plan.beginsSync(at: .seconds(4)) == true)
        plan.note(.heard(.news(position(17))), at: .seconds(5))
        plan.note(.synced(position(16)), at: .seconds(6))
        #expect(plan.beginsSync(at: .seconds(6)) == true)
        plan.note(.synced(position(17)), at: .seconds(6))
        #expect(plan.beginsSync(at: .seconds(6)) == false)
    }

    @Test func newsOfAnotherEpochAreNews() {
        var plan = begun()
        plan.note(.heard(.news(position(4, epoch: 2))), at: .seconds(2))
        #expect(plan.beginsSync(at: .seconds(2)) == true)
        plan.note(.synced(position(4, epoch: 2)), at: .seconds(3))
        #expect(plan.beginsSync(at: .seconds(3)) == false)
    }

    @Test func withoutNewsItSyncsEveryFewMinutes() {
        var plan = begun()
        #expect(plan.beginsSync(at: WatchPlan.longestWhileDeaf - .seconds(1)) == false)
        #expect(plan.beginsSync(at: WatchPlan.longestWhileDeaf) == true)
        plan.note(.synced(position(10)), at: WatchPlan.longestWhileDeaf)
        plan.note(.heard(.opened), at: .seconds(200))
        #expect(plan.beginsSync(at: WatchPlan.longestWhileDeaf * 2) == false)
        plan.note(.deaf, at: .seconds(500))
        #expect(plan.beginsSync(at: .seconds(500)) == true)
    }

    @Test func failuresArePausedAndEndWithTheHubsReturn() {
        var plan = begun()
        var now = Duration.seconds(2)
        plan.note(.wrote, at: now)
        var pauses: [Duration] = []
        for _ in 0..<8 {
            #expect(plan.beginsSync(at: now) == true)
            plan.note(.failed, at: now)
            #expect(plan.isFailing)
            let start = now
            while isPausing(plan, at: now) { now += .milliseconds(50) }
            pauses.append(now - start)
        }
        #expect(pauses[0] >= .milliseconds(500) && pauses[0] <= .milliseconds(1_550))
        #expect(pauses[7] >= .seconds(15) && pauses[7] <= .seconds(46))
        #expect(Set(pauses).count == pauses.count)
        #expect(plan.beginsSync(at: now) == true)
        plan.note(.failed, at: now)
        plan.note(.wrote, at: now)
        #expect(plan.beginsSync(at: now) == false)
        plan.note(.heard(.opened), at: now)
        #expect(plan.beginsSync(at: now) == true)
        plan.note(.synced(position(20)), at: now)
        #expect(!plan.isFailing)
    }

    @Test func refusedListenerAsksBySyncing() {
        var plan = begun()
        plan.note(.refused, at: .seconds(2))
        plan.note(.deaf, at: .seconds(2))
        #expect(plan.beginsSync(at: .seconds(2)) == true)
        plan.note(.synced(position(10)), at: .seconds(2))
        #expect(plan.beginsSync(at: .seconds(3)) == false)
    }

    private func isPausing(_ plan: WatchPlan, at now: Duration) -> Bool {
        var plan = plan
        return !plan.beginsSync(at: now)
    }

    @Test func devicesPauseDifferently() {
        let pauses = (1...100).map { number in
            var pause = WatchPause(device: DeviceID(rawValue: UInt64(number)))
            return pause.next()
        }
        #expect(Set(pauses).count > 90)
        #expect(pauses.allSatisfy { $0 >= .milliseconds(500) && $0 <= .milliseconds(1_500) })
    }
}

/// The command itself, over a hub in memory.
@Suite(.timeLimit(.minutes(15))) struct WatchCommandTests {
    private let programme: CommandHarness
    private let mentor: MemberHome
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        mentor = try await programme.home(of: "Mara", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ana.member)
        try await mentor.sync()
        try await ana.sync()
    }

    /// A watch that runs: what it prints, and the way to stop it.
    private struct Running {
        var lines: AsyncStream<String>.AsyncIterator
        let stop: AsyncStream<Void>.Continuation

        /// The next document that tells of this.
        mutating func next(_ event: String) async throws -> JSONRead {
            while let line = await lines.next(isolation: #isolation) {
                let document = JSONRead(line)
                if document["event"].string == event { return document }
            }
            throw CommandHarness.HarnessError("The watch ended before \(event).")
        }
    }

    /// Runs the command in Ana's home until the body is through, and returns its exit status.
    private func watching(_ body: (inout Running) async throws -> Void) async throws -> Int32 {
        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
        let (lines, printer) = AsyncStream.makeStream(of: String.self)
        let output = StandardStream(isTerminal: false) { printer.yield($0) }
        var surroundings = programme.surroundings(of: "Ana", output, TextCollector().stream)
        surroundings.untilStopped = { for await _ in stopped {} }
        let words = ["sync", "--watch", "--json"].map { Array($0.utf8) }
        return try await withThrowingTaskGroup(of: Int32.self) { [surroundings] group in
            group.addTask {
                defer { printer.finish() }
                return await CommandRunner.run(bytes: words, in: surroundings)
            }
            var running = Running(lines: lines.makeAsyncIterator(), stop: stop)
            try await body(&running)
            stop.finish()
            return try await group.next() ?? -1
        }
    }

    @Test func syncsAtNewsAndAtWorkOfOtherCommandsAndStops() async throws {
        let status = try await watching { watch in
            let started = try await watch.next("started")
            #expect(started["at"].string != nil)
            _ = try await watch.next("listening")
            try await mentor.json("task", "add", "Read", "--for", "Ana")
            try await mentor.sync()
            programme.transport.news.tell(.news(Position(epoch: 1, number: 1_000)))
            var pulled: Int = 0
            while pulled == 0 {
                pulled = try await watch.next("synced")["pulled"]["changes"].int ?? 0
            }
            #expect(try await ana.json("task", "list").items.count == 1)
            try await ana.json("task", "add", "Write")
            let pushed = try await watch.next("synced")
            #expect(pushed["pushed"]["batches"].int == 1)
            #expect(try await ana.json("status")["unsent"]["changes"].int == 0)
        }
        #expect(status == 0)
    }

    @Test func hubThatGoesAwayIsWaitedFor() async throws {
        let status = try await watching { watch in
            _ = try await watch.next("listening")
            programme.transport.become(.cut)
            programme.transport.news.end()
            try await ana.json("task", "add", "Write")
            let failed = try await watch.next("failed")
            #expect(failed["code"].string == "hubUnreachable")
            programme.transport.become(.good)
            var pushed: Int = 0
            while pushed == 0 {
                pushed = try await watch.next("synced")["pushed"]["batches"].int ?? 0
            }
        }
        #expect(status == 0)
    }

    @Test func hubWithoutNewsIsSaidOnce() async throws {
        programme.transport.news.end(takingItAway: true)
        let status = try await watching { watch in
            _ = try await watch.next("withoutEvents")
            try await ana.json("task", "add", "Write")
            var pushed: Int = 0
            while pushed == 0 {
                pushed = try await watch.next("synced")["pushed"]["batches"].int ?? 0
            }
        }
        #expect(status == 0)
    }

    @Test func revokedDeviceStopsWatching() async throws {
        let status = try await watching { watch in
            _ = try await watch.next("listening")
            programme.transport.become(.refuses(code: "deviceRevoked", status: 403))
            programme.transport.news.tell(.news(Position(epoch: 1, number: 1_000)))
            while await watch.lines.next(isolation: #isolation) != nil {}
        }
        #expect(status == 77)
    }

    @Test func oneWatchAtATime() async throws {
        let status = try await watching { watch in
            _ = try await watch.next("listening")
            let second = await programme.run("Ana", "sync", "--watch", "--json")
            #expect(second.status == 1)
            #expect(second.errorCode == "alreadyWatching")
            // By hand it goes on beside it.
            try await ana.sync()
        }
        #expect(status == 0)
    }

    @Test func failuresThatPassAreTold() {
        for (kind, code, passes) in [
            (CommandFailure.Kind.unreachable, "hubUnreachable", true),
            (.refused, "badAnswer", true), (.refused, "wrongHub", true),
            (.refused, "diskFull", false), (.notAllowed, "deviceRevoked", false),
            (.badData, "tokenExpired", false), (.refused, "unsupportedVersion", false),
        ] {
            let failure = CommandFailure(kind, code: code, "It failed.")
            #expect(Watch.mayPass(failure) == passes, "\(code)")
        }
    }
}
