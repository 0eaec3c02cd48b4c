import Cryptography
import Model
import NIOCore
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// The stream of news over TLS, from its challenge to its end.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EventRouteTests {
    let harness: HubHarness

    init() throws {
        harness = try HubHarness()
    }

    private func head() throws -> Position { try harness.hub.database.read { try $0.head() } }

    private func serving(
        _ change: (inout HubConfiguration) -> Void = { _ in },
        _ body: (EventClient) async throws -> Void
    ) async throws {
        try await harness.serving {
            $0.idleSeconds = 20
            change(&$0)
        } _: { client in
            try await body(EventClient(client: client))
        }
    }

    private func task(of participant: RawDevice) -> [Change] {
        participant.create(
            Schema.task, participant.newID(),
            [
                Fields.Task.title: .text("Canary"),
                Fields.Task.status: .integer(TaskStatus.open.rawValue),
            ])
    }

    private static func news(_ position: Position) -> String {
        "event: news\nid: \(position.eventID)\ndata\n\n"
    }

    @Test func newsCarryAPositionAndNothingElse() async throws {
        let (mentor, participant) = try harness.pair(participant: "canary")
        let slot = mentor.slot(at: harness.time.milliseconds + 3_600_000, isInstant: true)
        try harness.push(mentor, slot.batch)
        try await serving { client in
            try await client.listening(as: mentor, after: head()) { stream in
                #expect(await stream.holds(": listening\n\n"))
                #expect(stream.text.hasPrefix("HTTP/1.1 200 "))
                for header in ["content-type: text/event-stream", "cache-control: no-store"] {
                    #expect(stream.text.lowercased().contains(header))
                }
                stream.forget()
                let booking = participant.booking(slot.id, with: mentor.member)
                try harness.push(participant, booking.batch)
                let end = try head()
                #expect(await stream.holds("\n\n"))
                let events = stream.text.split(separator: "\r\n").filter { $0.contains("event") }
                #expect(events.map(String.init) == [Self.news(end)])
            }
        }
    }

    @Test func whatOthersDoWakesNobody() async throws {
        let (mentor, participant) = try harness.pair()
        let stranger = try harness.join(.participant, name: "stranger")
        let start = try head()
        let task = task(of: participant)
        try harness.push(participant, participant.batch(.participant(participant.member), task))
        let news = try #require(try harness.hub.database.read { try $0.news(after: start) })
        #expect(news.head == (try head()))
        #expect(news.members == [mentor.member, participant.member])
        #expect(!news.isForAll)
        try harness.hub.database.read { store in
            #expect(try store.news(after: store.head()) == nil)
            for (device, isConcerned) in [(mentor, true), (participant, true), (stranger, false)] {
                let row = try #require(try store.device(device.device))
                #expect(try store.hasNews(for: row, after: start) == isConcerned)
                #expect(try !store.hasNews(for: row, after: store.head()))
            }
        }
    }

    @Test func whatAllReadIsNewsForAll() throws {
        let mentor = try harness.join(.mentor)
        let start = try head()
        try harness.push(mentor, mentor.slot(at: harness.time.milliseconds + 3_600_000).batch)
        let news = try #require(try harness.hub.database.read { try $0.news(after: start) })
        #expect(news.isForAll)
        #expect(news.members == [mentor.member])
    }

    /// What is lost is news, too: it has to leave the laptop.
    @Test func lostAccessIsNews() throws {
        let (mentor, participant) = try harness.pair()
        let task = task(of: participant)
        try harness.push(participant, participant.batch(.participant(participant.member), task))
        let start = try head()
        try harness.hub.suspend(mentor.member, now: harness.time)
        let news = try #require(try harness.hub.database.read { try $0.news(after: start) })
        #expect(news.members.contains(mentor.member))
        #expect(news.endedDevices.contains(mentor.device))
        #expect(!news.endedDevices.contains(participant.device))
    }

    @Test func whoWasAwayHearsAtOnceOfWhatTheyMissed() async throws {
        let (mentor, participant) = try harness.pair()
        let start = try head()
        let task = task(of: participant)
        try harness.push(participant, participant.batch(.participant(participant.member), task))
        let end = try head()
        try await serving { client in
            for position in [start, Position(epoch: 9, number: 1), nil] {
                try await client.listening(as: mentor, after: position) { stream in
                    #expect(await stream.holds(Self.news(end)))
                }
            }
        }
    }

    @Test(arguments: RouteTests.Who.allCases) func listenByRole(who: RouteTests.Who) async throws {
        let device = try harness.device(who)
        try await serving { client in
            let request = EventClient.request(
                try await client.authorization(of: device), after: nil)
            try await client.listening(request) { stream in
                #expect(await stream.holds("HTTP/1.1 \(who.expected.status) "))
                let word = who.expected.code.map { "\"code\":\"\($0)\"" } ?? "event: news"
                #expect(await stream.holds(word), "\(stream.text)")
            }
        }
    }

    @Test func signatureCountsOnce() async throws {
        let device = try harness.join(.mentor)
        try await serving { client in
            let request = EventClient.request(
                try await client.authorization(of: device), after: try head())
            try await client.listening(request) { stream in
                #expect(await stream.holds(": listening"))
                // Whoever has copied the header gets nothing by it, and ends nothing.
                try await client.listening(request) { copied in
                    #expect(await copied.holds("HTTP/1.1 401 "))
                }
                stream.forget()
                try harness.push(
                    device, device.slot(at: harness.time.milliseconds + 3_600_000).batch)
                #expect(await stream.holds("event: news"))
            }
            // A key of somebody else, and what is no header.
            let stranger = ListeningProof(
                try await client.challenge(), programme: device.programme, key: SigningKey())
            for (text, status) in [(stranger.headerText, 401), ("Basic abc", 400)] {
                try await client.listening(EventClient.request(text, after: nil)) { stream in
                    #expect(await stream.holds("HTTP/1.1 \(status) "))
                }
            }
        }
    }

    @Test func newerStreamEndsTheOlder() async throws {
        let device = try harness.join(.mentor)
        try await serving { client in
            try await client.listening(as: device, after: try head()) { older in
                #expect(await older.holds(": listening"))
                try await client.listening(as: device, after: try head()) { newer in
                    #expect(await newer.holds(": listening"))
                    #expect(await older.holds("event: replaced"))
                    #expect(await older.ends())
                }
            }
        }
    }

    @Test(arguments: [true, false]) func revokedDeviceLosesItsStream(isRevoked: Bool) async throws {
        let device = try harness.join(.mentor)
        let other = try harness.join(.participant, name: "other")
        try await serving { client in
            try await client.listening(as: other, after: try head()) { staying in
                #expect(await staying.holds(": listening"))
                try await client.listening(as: device, after: try head()) { stream in
                    #expect(await stream.holds(": listening"))
                    if isRevoked {
                        try harness.hub.revoke(device.device, isStolen: false, now: harness.time)
                    } else {
                        try harness.hub.suspend(device.member, now: harness.time)
                    }
                    #expect(await stream.ends())
                    #expect(!stream.text.contains("event:"))
                }
                staying.forget()
                let task = task(of: other)
                try harness.push(other, other.batch(.participant(other.member), task))
                #expect(await staying.holds("event: news"))
            }
        }
    }

    /// Listeners have places of their own: requests from the same address still find theirs.
    @Test func listenersLeaveTheirPlaceToRequests() async throws {
        let devices = try (0..<5).map { try harness.join(.mentor, name: "mentor\($0)") }
        try await serving {
            $0.connectionsOfAddressMax = 2
            $0.listenersMax = 4
        } _: { client in
            func listen(_ rest: ArraySlice<RawDevice>) async throws {
                guard let device = rest.first else { return }
                let request = EventClient.request(
                    try await client.authorization(of: device), after: try head())
                try await client.listening(request) { stream in
                    guard rest.count > 1 else {
                        #expect(await stream.holds("HTTP/1.1 503 "))
                        #expect(await stream.holds("busy"))
                        return
                    }
                    #expect(await stream.holds(": listening"))
                    try await listen(rest.dropFirst())
                }
            }
            try await listen(devices[...])
        }
    }

    /// The gauge follows; a listener who goes away is noticed without a word from them.
    @Test func metricsCountListeners() async throws {
        let device = try harness.join(.mentor)
        try await serving { client in
            func page() async throws -> String {
                try await client.client.send(
                    HostileClient.request("GET /metrics", "Connection: close")
                ).text
            }
            try await client.listening(as: device, after: try head()) { stream in
                #expect(await stream.holds(": listening"))
                let text = try await page()
                #expect(text.contains("\nwaymark_listeners 1\n"))
            }
            while try await !page().contains("\nwaymark_listeners 0\n") { await Task.yield() }
        }
    }
}
