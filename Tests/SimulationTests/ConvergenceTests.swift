import Cryptography
import Foundation
import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Random histories of five laptops, of two mentors, two participants (one with two laptops), and
/// an admin's hub: after everybody synced, whoever reads a scope holds the same of it, nothing is
/// lost, nothing is where it may not be. One seed reproduces a run.
@Suite(.timeLimit(.minutes(10))) struct ConvergenceTests {
    static let seeds: [UInt64] = Array(1...12)

    /// A year off, an hour off, right, and years in the past.
    private static let clockErrors: [Int64] = [
        365 * 86_400_000, -3_600_000, 0, -20 * 365 * 86_400_000, 300_000,
    ]

    private func makeProgramme() async throws -> Programme {
        let programme = try Programme()
        let errors = Self.clockErrors
        let mia = try programme.join("Mia", as: .mentor, clockErrorMilliseconds: errors[0])
        let max = try programme.join("Max", as: .mentor, clockErrorMilliseconds: errors[1])
        let pia = try programme.join("Pia", as: .participant, clockErrorMilliseconds: errors[2])
        let paul = try programme.join("Paul", as: .participant, clockErrorMilliseconds: errors[3])
        for laptop in [mia, max, pia, paul] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        try programme.assign(mia, paul)
        try programme.assign(max, paul)
        let second = try programme.joinAgain(pia, clockErrorMilliseconds: errors[4])
        try await programme.sync(second)
        for laptop in programme.laptops { try await programme.sync(laptop) }
        return programme
    }

    private func play(_ programme: Programme, seed: UInt64, steps: Int) async throws {
        var history = RandomHistory(seed: seed)
        for step in 0..<steps {
            let laptop = programme.laptops[history.number(programme.laptops.count)]
            programme.pass(milliseconds: Int64(history.number(600_000)))
            if history.number(8) == 0 {
                var road = Programme.Road()
                if history.number(4) == 0 { road.losesAnswer = history.number(2) }
                road.doublesRequests = history.number(5) == 0
                do {
                    try await programme.sync(laptop, over: road)
                } catch is Programme.AnswerLost {}
            } else {
                try history.act(on: laptop, in: programme)
            }
            if step == steps / 2 {
                try programme.endMentorship(programme.laptops[0], programme.laptops[3])
            }
            if step == steps * 3 / 4 {
                try programme.assign(programme.laptops[1], programme.laptops[2])
            }
        }
        // What one sends the others get in the round after, verdicts included.
        for _ in 0..<3 {
            for laptop in programme.laptops { try await programme.sync(laptop) }
        }
    }

    @Test(arguments: seeds)
    func everybodyWhoReadsAScopeHoldsTheSameOfIt(seed: UInt64) async throws {
        let programme = try await makeProgramme()
        try await play(programme, seed: seed, steps: 160)
        let hub = try Standing.of(programme.hub)
        for laptop in programme.laptops {
            let standing = try Standing.of(laptop)
            let readable = try programme.readableScopes(of: laptop.member)
            // Everything readable is there, and nothing else is.
            let wanted = hub.restricted(to: readable)
            #expect(standing.scopes == wanted.scopes, "\(laptop.name)")
            #expect(standing.rows == wanted.rows, "\(laptop.name)")
            #expect(standing.conflicts == wanted.conflicts, "\(laptop.name)")
            let held = try programme.foreignSectionScopes(of: laptop)
            #expect(held.subtracting(readable).isEmpty, "\(laptop.name)")
            let account = try programme.account(of: laptop)
            #expect(account.waiting == 0, "\(laptop.name)")
            #expect(account.made == (try programme.changesNumbered(by: laptop)), "\(laptop.name)")
            let faults = try laptop.replica.examine().faults
            #expect(faults.isEmpty, "\(laptop.name): \(faults)")
        }
    }

    @Test(arguments: seeds)
    func headsAreThoseOfTheDefinition(seed: UInt64) async throws {
        let programme = try await makeProgramme()
        try await play(programme, seed: seed &+ 1000, steps: 160)
        let naive = try NaiveModel(programme.hub)
        #expect(naive.changes.count > 100)
        try programme.hub.database.read { store in
            for key in naive.changes.keys {
                let state = try store.tables.state(
                    of: key.record, entity: key.entity, in: store.tables.scope(key.scope))
                let cell = state.cells.first { $0.key == key.cell }
                let heads = Set(
                    (cell?.heads ?? []).map { DeviceNumber(device: $0.device, number: $0.number) })
                #expect(heads == naive.heads(of: key))
            }
        }
    }

    /// The same batches and admissions in any order, some of them twice, give the same tables.
    @Test(arguments: seeds)
    func orderOfArrivalDoesNotMatter(seed: UInt64) async throws {
        let programme = try await makeProgramme()
        try await play(programme, seed: seed &+ 2000, steps: 160)
        let placed = try NaiveModel(programme.hub).changes
        var deliveries: [(Scope, PlacedChange)] = placed.flatMap { key, changes in
            changes.flatMap { [(key.scope, $0), (key.scope, $0)] }
        }
        var history = RandomHistory(seed: seed)
        deliveries.sort { ($0.0, $0.1.device, $0.1.number) < ($1.0, $1.1.device, $1.1.number) }
        for index in deliveries.indices.reversed() {
            deliveries.swapAt(index, history.number(index + 1))
        }
        let shuffled = try programme.stateHashes(afterDelivering: deliveries)
        let hub = try Standing.of(programme.hub)
        for (scope, sums) in hub.scopes {
            #expect(shuffled[scope] == sums.stateHash)
        }
    }

    @Test(arguments: seeds)
    func noSeatIsSoldTwiceAndNobodyIsInTwoPlaces(seed: UInt64) async throws {
        let programme = try await makeProgramme()
        try await play(programme, seed: seed &+ 3000, steps: 200)
        let problems = try programme.bookingProblems()
        #expect(problems.isEmpty, "\(problems)")
    }
}
