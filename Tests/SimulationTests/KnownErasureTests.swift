import Foundation
import Model
import Testing

@testable import Replica

/// What was written by whoever had heard of an erasure by bundle, and comes to the hub before it.
@Suite(.timeLimit(.minutes(10))) struct KnownErasureTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop
    private let ada: Programme.Laptop
    private static let canary = "Kanarienvogel4813"

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        ada = try programme.join("Ada", as: .admin)
        try await programme.syncAll(rounds: 2)
    }

    private var scope: Scope { .participant(pia.member) }

    /// The connection ends before Mia has handed over what she carries of Pia's.
    @Test func itStays() async throws {
        let task = try programme.addTask("\(Self.canary) one", by: mia, for: pia)
        try await programme.syncAll(rounds: 2)
        let second = try programme.joinAgain(pia)
        try write("\(Self.canary) two", "\(Self.canary) details", into: task, by: ada)
        try await programme.sync(ada)
        try pia.replica.act("erase", at: programme.now(pia), isUndoable: false) { action in
            try action.erase(task, Schema.task, in: scope)
        }
        let bundle = try pia.replica.bundle(for: mia.member, now: programme.now(pia))
        #expect(try await mia.replica.readBundle(bundle.bytes).changes == 1)
        try write("Anew", "All of it", into: task, by: mia)
        var report = SyncReport()
        while try programme.exchange(mia, &report) == .paged(more: true, unsent: false) {}
        try await programme.sync(ada)
        #expect(try programme.tracesOnTheHub(of: Self.canary) != [])
        try await programme.syncAll(rounds: 2)
        #expect(try programme.tracesOnTheHub(of: Self.canary) == [])
        for laptop in [mia, pia, second, ada] {
            let record = try laptop.replica.read { try $0.record(task, of: Schema.task) }
            #expect(record?.text(Fields.Task.title) == "Anew", "\(laptop.name)")
            #expect(record?.text(Fields.Task.details) == "All of it", "\(laptop.name)")
            #expect(try programme.traces(of: Self.canary, on: laptop) == [], "\(laptop.name)")
        }
        #expect(try programme.problems() == [])
    }

    private func write(
        _ title: String, _ details: String, into task: RecordID, by laptop: Programme.Laptop
    ) throws {
        try laptop.replica.act("task edit", at: programme.now(laptop)) { action in
            try action.set(
                Fields.Task.title, of: task, Schema.task, in: scope, to: .text(title))
            try action.set(
                Fields.Task.details, of: task, Schema.task, in: scope, to: .text(details))
        }
    }
}
