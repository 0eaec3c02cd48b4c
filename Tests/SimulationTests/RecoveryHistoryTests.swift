import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// Random histories in which the hub is restored at a random moment, and laptops come back in any
/// order, some of them long after the recovery has ended.
@Suite(.timeLimit(.minutes(15))) struct RecoveryHistoryTests {
    static let seeds: [UInt64] = Array(1...5)

    private func makeProgramme() async throws -> Programme {
        let programme = try Programme()
        let mia = try programme.join("Mia", as: .mentor, clockErrorMilliseconds: 86_400_000)
        let max = try programme.join("Max", as: .mentor, clockErrorMilliseconds: -3_600_000)
        let pia = try programme.join("Pia", as: .participant)
        let paul = try programme.join("Paul", as: .participant)
        for laptop in [mia, max, pia, paul] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        try programme.assign(mia, paul)
        try programme.assign(max, paul)
        let second = try programme.joinAgain(pia)
        try await programme.sync(second)
        try await programme.syncAll(rounds: 1)
        return programme
    }

    /// Lets people act and sync, those of them who are there.
    private func play(
        _ history: inout RandomHistory, _ programme: Programme, steps: Int,
        present: [Programme.Laptop]
    ) async throws {
        for _ in 0..<steps {
            programme.pass(milliseconds: Int64(history.number(600_000)))
            let laptop = present[history.number(present.count)]
            guard history.number(5) == 0 else {
                try history.act(on: laptop, in: programme)
                continue
            }
            var road = Programme.Road()
            if history.number(4) == 0 { road.losesAnswer = history.number(3) }
            road.doublesRequests = history.number(5) == 0
            do {
                try await programme.sync(laptop, over: road)
            } catch is Programme.AnswerLost {}
        }
    }

    /// Bookings that somebody has seen confirmed.
    private func confirmed(_ programme: Programme) throws -> Set<RecordID> {
        var found: Set<RecordID> = []
        for laptop in programme.laptops {
            found.formUnion(try programme.bookings(laptop).filter { $0.value == .confirmed }.keys)
        }
        return found
    }

    @Test(arguments: seeds)
    func everythingComesBackAndEverybodyAgrees(seed: UInt64) async throws {
        var history = RandomHistory(seed: seed &+ 40_000)
        let programme = try await makeProgramme()
        try await play(&history, programme, steps: 60, present: programme.laptops)
        let backup = try programme.backup()
        try await play(
            &history, programme, steps: 40 + history.number(60), present: programme.laptops)
        if history.number(2) == 0 {
            try programme.endMentorship(programme.laptops[0], programme.laptops[3])
            try await programme.sync(programme.laptops[0])
        }
        var promised = try confirmed(programme)
        try programme.restore(backup)

        // Some are away until long after.
        let absent = history.number(programme.laptops.count)
        let present = programme.laptops.enumerated().filter { $0.offset != absent }.map(\.element)
        try await play(&history, programme, steps: 40, present: present)
        promised.formUnion(try confirmed(programme))
        if history.number(3) == 0 {
            try programme.restore(backup)
            try await play(&history, programme, steps: 20, present: present)
        }
        try programme.hub.endRecovery(now: programme.hubTime)
        try await play(&history, programme, steps: 40, present: present)
        promised.formUnion(try confirmed(programme))
        try await programme.syncAll(rounds: 4)

        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
        let ended: Set<BookingState> = [.confirmed, .cancelled, .completed, .missed]
        for laptop in programme.laptops {
            for (booking, state) in try programme.bookings(laptop) where promised.contains(booking)
            {
                #expect(ended.contains(state), "\(laptop.name): \(booking.text) is \(state)")
            }
        }
        try expectSeatsFitVerdicts(programme)
    }

    /// The hub's books are what laptops make of the verdicts.
    private func expectSeatsFitVerdicts(_ programme: Programme) throws {
        for laptop in programme.laptops {
            for (booking, state) in try programme.bookings(laptop) {
                let (known, hasSeat) = try programme.hub.database.read {
                    (try $0.status(of: booking)?.state, try $0.hasSeat(booking))
                }
                #expect(known == state, "\(laptop.name): \(booking.text)")
                #expect(hasSeat == state.takesSeat, "\(laptop.name): \(booking.text)")
            }
        }
    }
}
