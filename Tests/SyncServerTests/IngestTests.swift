import Cryptography
import Foundation
import Model
import Synchronization
import TestSupport
import Testing
import Wire

@testable import SyncServer

@Suite struct IngestTests {
    @Test func requestsThatWaitTogetherShareATransaction() async throws {
        let groups = Mutex<[Int]>([])
        let gate = Gate()
        let queue = IngestQueue<Int, Int>(groupMax: 64) { requests in
            gate.waitUntilOpen()
            groups.withLock { $0.append(requests.count) }
            return requests.map { .success($0 * 2) }
        }
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<50 { group.addTask { try await queue.submit(number) } }
            gate.open()
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(answers == Set((0..<50).map { $0 * 2 }))
        #expect(groups.withLock { $0.reduce(0, +) } == 50)
    }

    @Test func failureOfOneIsNotThatOfAnother() async throws {
        struct Odd: Error {}
        let queue = IngestQueue<Int, Int> { requests in
            requests.map { $0.isMultiple(of: 2) ? .success($0) : .failure(Odd()) }
        }
        #expect(try await queue.submit(4) == 4)
        await #expect(throws: Odd.self) { try await queue.submit(5) }
    }

    @Test func fullQueueTurnsAway() async throws {
        let gate = Gate()
        let queue = IngestQueue<Int, Int>(groupMax: 1, waitingMax: 0) { requests in
            gate.waitUntilOpen()
            return requests.map { .success($0) }
        }
        let error = await #expect(throws: HubError.self) { try await queue.submit(1) }
        #expect(error?.reason == .busy)
    }

    @Test func oneFailingRequestHarmsNoOther() throws {
        let harness = try HubHarness()
        let (mentor, participant) = try harness.pair()
        try harness.hub.suspend(participant.member, now: harness.time)
        let scope = Scope.participant(participant.member)
        let changes = mentor.create(
            Schema.task, mentor.newID(),
            [Fields.Task.title: .text("t"), Fields.Task.status: .integer(1)])
        let good = mentor.request([mentor.batch(scope, changes)])
        let bad = participant.request()
        let prepared = try harness.hub.database.read { store in
            try [bad.sealed(by: participant.key), good.sealed(by: mentor.key)].map {
                Hub.Prepared.sync(try harness.hub.prepareSync($0.encodedBytes, store))
            }
        }
        let results = harness.hub.perform(prepared, now: harness.time)
        #expect(throws: HubError.self) { try results[0].get() }
        guard case .sync(let performed) = try results[1].get() else {
            Issue.record("A sync request gets a sync answer.")
            return
        }
        #expect(performed.receipts.map(\.outcome) == [.admitted])
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func requestsFromManyThreadsAreAllAnswered() async throws {
        let harness = try HubHarness()
        let devices = try (0..<8).map { try harness.join(.mentor, name: "m\($0)") }
        let service = ExchangeService(harness.hub, now: { [time = harness.time] in time })
        let requests = devices.flatMap { device in
            (0..<5).map { _ in (device.request(), device.key) }
        }
        let envelopes = requests.map { $0.0.sealed(by: $0.1).encodedBytes }
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for envelope in envelopes { group.addTask { try await service.sync(envelope).count } }
            return try await group.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
        }
        #expect(count == 40)
    }
}

/// Holds a thread until the test has set the scene.
private final class Gate: Sendable {
    private let isOpen = Mutex(false)

    func open() { isOpen.withLock { $0 = true } }

    func waitUntilOpen() {
        while !isOpen.withLock({ $0 }) { sched_yield() }
    }
}
