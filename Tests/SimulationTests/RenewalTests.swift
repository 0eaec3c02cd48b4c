import Foundation
import GRDB
import Model
import Synchronization
import Testing

@testable import Replica
@testable import SyncServer

/// Laptops that fetch everything anew from a hub that was set back, over a road that breaks off.
@Suite(.timeLimit(.minutes(10))) struct RenewalTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop
    private let titles = ["by Mia", "by Pia"]

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        try await programme.syncAll(rounds: 1)
        _ = try programme.addTask("by Mia", by: mia, for: pia)
        try await programme.sync(mia)
        _ = try programme.addTask("by Pia", by: pia, for: pia)
        try await programme.sync(pia)
    }

    /// How many answers a laptop keeps of what it fetches anew.
    private func keptAnswers(on laptop: Programme.Laptop) throws -> Int {
        try laptop.replica.writer.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM renewal") ?? 0
        }
    }

    private func setBack() throws {
        try programme.wipeHub()
        try programme.cutPages(atBytes: 1)
    }

    /// Syncs Pia's laptop until it has so many answers of what it fetches anew, and hears no more.
    private func breakOff(afterAnswers count: Int) async throws {
        for _ in 0..<8 where try keptAnswers(on: pia) < count {
            await #expect(throws: Programme.AnswerLost.self) {
                try await programme.sync(pia, over: Programme.Road(losesAnswer: 2))
            }
            #expect(try programme.titles(on: pia) == titles)
            #expect(try pia.replica.read { try $0.status() }.isComplete)
        }
        #expect(try keptAnswers(on: pia) >= count)
    }

    @Test func laptopShowsWhatItHadUntilAllIsHere() async throws {
        try setBack()
        try await breakOff(afterAnswers: 3)
        _ = try programme.addTask("meanwhile", by: pia, for: pia)
        // Another program, which makes the draft anew.
        pia.replica.renewal.withLock { $0 = nil }
        let kept = try keptAnswers(on: pia)
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: Programme.Road(losesAnswer: 1))
        }
        #expect(try keptAnswers(on: pia) == kept + 1)
        #expect(try programme.titles(on: pia) == titles + ["meanwhile"])

        try await programme.sync(pia)
        #expect(try keptAnswers(on: pia) == 0)
        try await programme.sync(mia)
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        for laptop in [mia, pia] {
            #expect(try programme.titles(on: laptop) == titles + ["meanwhile"])
        }
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    /// Mia's laptop is lost, and the hub is set back a second time when Pia's has given back Mia's work
    /// and has not got it again. The epoch of a wiped hub is any number.
    @Test(arguments: [0, 0, 0, 1, 3])
    func laptopHoldsWhatItHadUntilAllIsHere(answers: Int) async throws {
        try setBack()
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: Programme.Road(losesAnswer: 3))
        }
        try await breakOff(afterAnswers: answers)
        try setBack()
        try await programme.sync(pia)
        try programme.hub.endRecovery(now: programme.hubTime)
        let second = try programme.joinAgain(mia)
        for laptop in [second, pia] { try await programme.sync(laptop) }
        for laptop in [second, pia] { #expect(try programme.titles(on: laptop) == titles) }
        #expect(try programme.hub.verify().fault == nil)
        let faults = try pia.replica.examine().faults
        #expect(faults.isEmpty, "\(faults)")
    }

    /// The hub's answer to a bundle of before says that there is nothing new.
    @Test(arguments: [0, 2])
    func answerOfBeforeTakesNothingAway(answers: Int) async throws {
        try await programme.syncAll(rounds: 1)
        let bundle = try pia.replica.bundleForHub(now: programme.now(pia)).bytes
        let answer = try programme.hub.carry(bundle, now: programme.hubTime)
        try setBack()
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: Programme.Road(losesAnswer: 3))
        }
        try await breakOff(afterAnswers: answers)
        let kept = try keptAnswers(on: pia)
        _ = try await pia.replica.readBundle(answer)
        #expect(try keptAnswers(on: pia) == kept)
        #expect(try programme.titles(on: pia) == titles)
        try await programme.sync(pia)
        #expect(try programme.titles(on: pia) == titles)
    }

    /// What is fetched anew comes by bundle as well as by network.
    @Test func bundlesGoOnWithWhatIsFetchedAnew() async throws {
        try setBack()
        try await breakOff(afterAnswers: 2)
        let kept = try keptAnswers(on: pia)
        _ = try programme.addTask("meanwhile", by: pia, for: pia)
        for _ in 0..<40 where try keptAnswers(on: pia) > 0 {
            let bundle = try pia.replica.bundleForHub(now: programme.now(pia)).bytes
            let answer = try programme.hub.carry(bundle, now: programme.hubTime)
            _ = try await pia.replica.readBundle(answer)
            let now = try keptAnswers(on: pia)
            #expect(now == 0 || now > kept)
        }
        #expect(try keptAnswers(on: pia) == 0)
        #expect(try programme.titles(on: pia) == titles + ["meanwhile"])
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }
}
