import Foundation
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// Erasures of which a hub that was set back does not know any more, and those that meet work of
/// somebody whom the record has left.
@Suite(.timeLimit(.minutes(10))) struct ForgottenErasureTests {
    private let programme: Programme
    private let ada: Programme.Laptop
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop
    private static let canary = "Kanarienvogel4812"

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        ada = try programme.join("Ada", as: .admin)
        try await programme.syncAll(rounds: 2)
    }

    private func erase(_ task: RecordID, by laptop: Programme.Laptop) throws {
        try programme.erase(task, Schema.task, in: .participant(pia.member), by: laptop)
    }

    private func edit(_ task: RecordID, by laptop: Programme.Laptop) throws {
        try laptop.replica.act("task edit", at: programme.now(laptop)) { action in
            try action.set(
                Fields.Task.title, of: task, Schema.task, in: .participant(pia.member),
                to: .text("\(Self.canary) anew"))
        }
    }

    private func expectNoTraces() throws {
        #expect(try programme.tracesOnTheHub(of: Self.canary) == [])
        for laptop in programme.laptops {
            #expect(try programme.traces(of: Self.canary, on: laptop) == [], "\(laptop.name)")
        }
        #expect(try programme.problems() == [])
    }

    /// Takes the first page after an erasure: what it took from which sections, and nothing else yet.
    private func hearWhatWasErased(_ laptop: Programme.Laptop) throws {
        var report = SyncReport()
        let event = try programme.exchange(laptop, &report)
        #expect(event == .paged(more: true, unsent: false))
        #expect(try programme.traces(of: Self.canary, on: laptop) == [])
    }

    /// The erasure itself is lost with the hub's disk, and with the laptop of whoever erased. What
    /// another laptop has heard of it is enough.
    @Test(arguments: [false, true]) func itGoesAgainByTheHubsWordAlone(isLost: Bool) async throws {
        let task = try programme.addTask("\(Self.canary) one", by: mia, for: pia)
        let other = try programme.addTask("Another", by: mia, for: pia)
        try await programme.syncAll(rounds: 2)
        let backup = try programme.backup()
        try erase(task, by: pia)
        if isLost {
            try await programme.sync(pia)
            programme.lose(pia)
            try hearWhatWasErased(mia)
        } else {
            try hearWhatWasErased(pia)
        }
        try programme.restore(backup)
        #expect(try programme.tracesOnTheHub(of: Self.canary) != [])
        for laptop in programme.laptops {
            try await programme.sync(laptop)
            #expect(try programme.titles(on: laptop).contains("Another"), "\(laptop.name)")
        }
        try await programme.syncAll()
        try expectNoTraces()
        // Nothing else has gone.
        #expect(try mia.replica.read { try $0.record(other, of: Schema.task) } != nil)
    }

    /// Whoever wrote into a record that has left them and was erased meanwhile, or is erased later:
    /// neither the hub nor they keep it.
    @Test(arguments: [false, true]) func whatWasRefusedForAnotherReasonGoesToo(
        isErasedLater: Bool
    ) async throws {
        let task = try programme.addTask("Read", by: mia, for: pia)
        try await programme.syncAll(rounds: 2)
        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
        try edit(task, by: mia)
        if isErasedLater {
            try await programme.sync(mia)
            #expect(try mia.replica.read { try $0.rejectedItems() }.count == 1)
            #expect(try programme.tracesOnTheHub(of: Self.canary) != [])
        }
        try await programme.sync(pia)
        try erase(task, by: pia)
        try await programme.sync(pia)
        try await programme.syncAll(rounds: 2)
        #expect(try mia.replica.read { try $0.rejectedItems() }.count == 1)
        try expectNoTraces()
    }
}
