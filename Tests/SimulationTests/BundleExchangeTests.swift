import Cryptography
import Foundation
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Work that members hand each other on sticks, and who never see a network.
@Suite(.timeLimit(.minutes(10))) struct BundleExchangeTests {
    private let people: BundleProgramme

    init() async throws { people = try await BundleProgramme() }

    @Test func membersExchangeWorkWithoutAnyNetwork() async throws {
        let task = try people.add("from Pia", on: people.pia)
        let first = try await people.read(
            people.bundle(of: people.pia, for: people.mia), on: people.mia)
        #expect(first.batches == 1)
        #expect(first.changes == 3)
        #expect(first.carried == 1, "What is for the hub goes along.")
        #expect(try people.titles(on: people.mia) == ["from Pia"])
        try people.expectSound(people.mia)

        // Mia overwrites what she has seen, Pia what she sees then.
        try people.edit(task, "seen by Mia", on: people.mia)
        try await people.read(people.bundle(of: people.mia, for: people.pia), on: people.pia)
        #expect(try people.titles(on: people.pia) == ["seen by Mia"])
        #expect(try people.conflicts(on: people.pia) == 0)
        try people.edit(task, "seen by Pia", on: people.pia)
        try await people.read(people.bundle(of: people.pia, for: people.mia), on: people.mia)
        #expect(try people.titles(on: people.mia) == ["seen by Pia"])
        #expect(try people.conflicts(on: people.mia) == 0)
        try people.expectSound(people.mia, people.pia)

        // Mia comes to the network first; what she built on arrives as freight.
        for laptop in [people.mia, people.pia, people.mia] {
            try await people.programme.sync(laptop)
        }
        #expect(try people.titles(on: people.mia) == ["seen by Pia"])
        #expect(try people.conflicts(on: people.mia) == 0)
        try people.expectSame(people.mia, people.pia)
    }

    /// Without freight: the hub gets the successor before what it replaced.
    @Test func whatWasSeenByBundleStaysSuperseded() async throws {
        let task = try people.add("shared", on: people.pia)
        for laptop in [people.pia, people.mia] { try await people.programme.sync(laptop) }
        try people.edit(task, "Pia's", on: people.pia)
        try await people.read(people.bundle(of: people.pia, for: people.mia), on: people.mia)
        people.mia.replica.freight.parcels().forEach { people.mia.replica.freight.remove($0) }
        try people.edit(task, "Mia's, who has seen Pia's", on: people.mia)
        for laptop in [people.mia, people.pia, people.mia] {
            try await people.programme.sync(laptop)
        }
        for laptop in [people.mia, people.pia] {
            #expect(try people.titles(on: laptop) == ["Mia's, who has seen Pia's"])
            #expect(try people.conflicts(on: laptop) == 0)
        }
        try people.expectSame(people.mia, people.pia)
    }

    @Test func whatTheHubHasDecidedTravelsWithItsDecision() async throws {
        let task = try people.add("old", on: people.pia)
        for laptop in [people.pia, people.mia] { try await people.programme.sync(laptop) }
        try people.edit(task, "Pia's", on: people.pia)
        try await people.programme.sync(people.pia)
        try await people.programme.sync(people.mia)
        try people.edit(task, "Mia's", on: people.mia)
        try await people.programme.sync(people.mia)

        // Pia's laptop has been offline since; a stick brings what the hub has.
        let report = try await people.read(
            people.bundle(of: people.mia, for: people.pia), on: people.pia)
        #expect(report.changes == 1)
        #expect(try people.titles(on: people.pia) == ["Mia's"])
        #expect(try people.conflicts(on: people.pia) == 0)
        try people.expectSound(people.pia)
        try people.edit(task, "Pia's again", on: people.pia)
        #expect(try people.conflicts(on: people.pia) == 0)
        for laptop in [people.pia, people.mia] { try await people.programme.sync(laptop) }
        try people.expectSame(people.pia, people.mia)
        #expect(try people.conflicts(on: people.mia) == 0)
    }

    /// The mentorship by which Cora may read Mia's contact data comes behind these.
    @Test func theSecondReadingOfABundleBringsNothing() async throws {
        let (programme, mia, cora) = (people.programme, people.mia, people.cora)
        try mia.replica.act("profile set", at: programme.now(mia)) { action in
            try action.set(
                Fields.Contact.phone, of: mia.member.recordID, Schema.contact,
                in: .contact(of: mia.member), to: .text("0123"))
        }
        try await programme.sync(mia)
        try programme.assign(mia, cora)
        try await programme.sync(mia)
        let bundle = try people.bundle(of: mia, for: cora)
        let first = try await people.read(bundle, on: cora)
        #expect(first.changes > 0)
        let contact = try cora.replica.read {
            try $0.record(mia.member.recordID, of: Schema.contact)
        }
        #expect(contact?.text(Fields.Contact.phone) == "0123")
        #expect(try await people.read(bundle, on: cora).changes == 0)
        try people.expectSound(cora)
        try await programme.sync(cora)
        try people.expectSame(mia, cora)
    }

    /// Of a batch the hub admitted one part, and its answer stands behind the peer's copy in the file.
    @Test func whatWasRefusedDoesNotComeBackWithABundle() async throws {
        let (programme, mia, pia, cora) = (people.programme, people.mia, people.pia, people.cora)
        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try people.add("before", on: pia)
        for laptop in [pia, mia] { try await programme.sync(laptop) }
        try mia.replica.act("plan", at: programme.now(mia)) { action in
            _ = try action.create(
                Schema.task, in: .participant(pia.member),
                values: [Fields.Task.title: .text("refused"), Fields.Task.status: .integer(1)])
            try action.endSet()
            _ = try action.create(
                Schema.slot, in: .slots(of: mia.member),
                values: [
                    Fields.Slot.start: .integer(1_900_000_200_000),
                    Fields.Slot.minutes: .integer(30), Fields.Slot.capacity: .integer(1),
                ])
        }
        let copy = try people.bundle(of: mia, for: pia)
        try await people.read(people.bundle(of: pia), on: cora)
        try programme.end(mentorship)
        for laptop in [mia, cora] { try await programme.sync(laptop) }
        let answer = try people.bundle(of: cora, for: pia)
        let file = copy + answer
        for _ in 0..<2 {
            #expect(try await people.read(file, on: pia).changes == 0)
            #expect(try people.titles(on: pia) == ["before"])
        }
        #expect(try people.titles(on: pia) == ["before"])
        try people.expectSound(pia)
        try await programme.sync(pia)
        try people.expectSame(pia)
    }

    /// The hub has lost the place that its decision names, and the laptop has heard of that.
    @Test func decisionThatTheHubHasLostForetellsNothing() async throws {
        let (programme, mia, pia) = (people.programme, people.mia, people.pia)
        let backup = try programme.backup()
        try people.add("decided", on: mia)
        try await programme.sync(mia)
        try await programme.sync(pia)
        try people.add("decided later", on: mia)
        try await programme.sync(mia)
        try await people.read(people.bundle(of: mia, for: pia), on: pia)
        try programme.restore(backup)
        var report = SyncReport()
        let event = try programme.exchange(pia, &report)
        guard case .lacking = event else { throw Violation("set-up", "\(event)") }
        try people.expectSound(pia)
        #expect(try people.titles(on: pia) == ["decided", "decided later"])
    }

    /// What has come by bundle is shown until its scope is whole, also when the hub has delivered it;
    /// but not the words that were erased since.
    @Test(arguments: [true, false])
    func whatCameByBundleStaysWhileItsScopeCatchesUp(isErased: Bool) async throws {
        let (programme, pia) = (people.programme, people.pia)
        for index in 0..<8 { try people.add("\(index)", on: pia) }
        try await programme.sync(pia)
        let second = try programme.joinAgain(pia)
        try programme.cutPages(atBytes: 500)
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(second, over: .init(losesAnswer: 0))
        }
        try await programme.sync(pia)
        let task = try people.add("by stick", on: pia)
        try await people.read(people.bundle(of: pia, for: pia), on: second)
        if isErased { try people.erase(task, on: pia) }
        try await programme.sync(pia)
        var report = SyncReport()
        while case .paged(more: true, _) = try programme.exchange(second, &report) {
            if !isErased { #expect(try people.titles(on: second).count == 9) }
            try await second.expectSameAnew()
        }
        try await programme.sync(second)
        #expect(try people.titles(on: second).count == (isErased ? 8 : 9))
        try people.expectSame(second, pia)
    }

    @Test func aDecisionOnOwnWorkIsAReceipt() async throws {
        try people.add("from Pia", on: people.pia)
        // The work reaches the hub with another, and the answer is lost.
        _ = try people.programme.hub.carry(
            people.bundle(of: people.pia), now: people.programme.hubTime)
        try await people.programme.sync(people.mia)
        #expect(try people.unsent(on: people.pia) > 0)
        let report = try await people.read(
            people.bundle(of: people.mia, for: people.pia), on: people.pia)
        #expect(report.acknowledged == 1)
        #expect(try people.unsent(on: people.pia) == 0)
        try people.expectSound(people.pia)
        try await people.programme.sync(people.pia)
        try people.expectSame(people.pia, people.mia)
    }

    @Test func onlyWhatTheReaderMayReadIsInTheBundle() async throws {
        try people.pia.replica.act("journal write", at: people.programme.now(people.pia)) {
            action in
            _ = try action.create(
                Schema.journalEntry, in: .own(people.pia.member),
                values: [
                    Fields.JournalEntry.body: .text(BundleProgramme.canary),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ])
        }
        try people.add("a task of Pia's", on: people.pia)
        let forCora = try await people.read(
            people.bundle(of: people.pia, for: people.cora), on: people.cora)
        #expect(forCora.changes == 0)
        #expect(try people.titles(on: people.cora) == [])
        let forMia = try await people.read(
            people.bundle(of: people.pia, for: people.mia), on: people.mia)
        #expect(forMia.changes == 3)
        #expect(try people.filesWithCanary(of: people.mia).isEmpty)
        // Whoever finds it reads nothing.
        let stranger = try await people.read(
            people.bundle(of: people.pia, for: people.mia), on: people.cora)
        #expect(stranger.changes == 0)
        #expect(stranger.carried > 0)
        #expect(try people.filesWithCanary(of: people.cora) == [])
    }

    @Test func refusedWorkFromABundleShowsAgainWhatItHid() async throws {
        let task = try people.add("old", on: people.pia)
        for laptop in [people.pia, people.mia] { try await people.programme.sync(laptop) }
        try people.edit(task, "Mia's", on: people.mia)
        try await people.read(people.bundle(of: people.mia, for: people.pia), on: people.pia)
        people.pia.replica.freight.parcels().forEach { people.pia.replica.freight.remove($0) }
        #expect(try people.titles(on: people.pia) == ["Mia's"])
        // Before Mia's work arrives the mentorship ends.
        let mentorship = try #require(
            try people.mia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try people.programme.end(mentorship)
        try await people.programme.sync(people.mia)
        let report = try await people.programme.sync(people.pia)
        #expect(try people.titles(on: people.pia) == ["old"])
        // She is told that what she had seen is gone.
        #expect(report.withdrawn == 1)
        try people.expectSame(people.pia)
    }

    /// The words had come by bundle; from the hub comes what an erasure has left of them.
    @Test(arguments: [true, false])
    func wordsFromABundleGoWhenTheHubDeliversWhatIsLeft(isLevel: Bool) async throws {
        let (programme, mia, pia) = (people.programme, people.mia, people.pia)
        if isLevel {
            try people.add("first", on: pia)
            for laptop in [pia, mia] { try await programme.sync(laptop) }
        }
        let task = try people.add(BundleProgramme.canary, on: pia)
        try await people.read(people.bundle(of: pia, for: mia), on: mia)
        #expect(try people.titles(on: mia).contains(BundleProgramme.canary))
        try people.erase(task, on: pia)
        try await programme.sync(pia)
        let before = try mia.rewriteCount()
        try await programme.sync(mia)
        #expect(try mia.rewriteCount() > before)
        #expect(try people.filesWithCanary(of: mia) == [])
        try people.expectSame(mia, pia)
    }

    @Test func whatTheHubWouldRefuseIsNotShown() async throws {
        let task = try people.mia.replica.act("task add", at: people.programme.now(people.mia)) {
            action in
            try action.create(
                Schema.task, in: .participant(people.pia.member),
                values: [
                    Fields.Task.title: .text("reviewed"), Fields.Task.status: .integer(1),
                    Fields.Task.review: .boolean(true),
                ])
        }
        for laptop in [people.mia, people.pia] { try await people.programme.sync(laptop) }
        // A changed program of Pia's, which does not ask whether she may.
        try people.pia.replica.write { store, credentials in
            let scope = Scope.participant(people.pia.member)
            let change = Change(
                record: task, entity: Schema.task.id, field: Fields.Task.status,
                operation: .set(.integer(TaskStatus.done.rawValue)))
            let part = try store.layOver(
                [change], in: scope, device: credentials.identity.device,
                claimed: people.programme.now(people.pia), store.seen(in: store.scope(scope)))
            try store.flush()
            try store.seal(
                [PendingSet(action: 99, claimed: people.programme.now(people.pia), parts: [part])],
                credentials)
        }
        let history = try people.mia.replica.read { try $0.history(of: task) }.count
        let report = try await people.read(
            people.bundle(of: people.pia, for: people.mia), on: people.mia)
        #expect(report.changes == 1)
        #expect(try people.mia.replica.read { try $0.history(of: task) }.count == history)
        let status = try people.mia.replica.read {
            try $0.record(task, of: Schema.task)?.integer(Fields.Task.status)
        }
        #expect(status == TaskStatus.open.rawValue)
        try people.expectSound(people.mia)
        // What Mia writes now has not seen it.
        #expect(try people.seenBeyond(on: people.mia) == [])
        let before = try people.mia.rewriteCount()
        for laptop in [people.mia, people.pia, people.mia] {
            try await people.programme.sync(laptop)
        }
        #expect(try people.mia.rewriteCount() > before, "Nothing of it is left in the file.")
        try people.expectSame(people.mia, people.pia)
    }

    @Test func restoredLaptopNoticesItsOwnWorkInABundle() async throws {
        try people.programme.backUp(people.pia, to: "backup")
        try people.add("on the lost disk", on: people.pia)
        let stick = try people.bundle(of: people.pia, for: people.mia)
        try await people.read(stick, on: people.mia)
        let toPia = try people.bundle(of: people.mia, for: people.pia)
        people.programme.lose(people.pia)
        let restored = try people.programme.start("backup", like: people.pia)
        let report = try await people.read(toPia, on: restored)
        #expect(report.isForked)
        #expect(try restored.replica.status().isForked)
        try people.add("after", on: restored)
        // Mia hands the hub what the lost disk had sent with her.
        for laptop in [people.mia, restored, people.mia] { try await people.programme.sync(laptop) }
        #expect(restored.replica.identity.device != people.pia.replica.identity.device)
        #expect(try !restored.replica.status().isForked)
        #expect(try people.titles(on: restored) == ["after", "on the lost disk"])
        #expect(try people.titles(on: people.mia) == ["after", "on the lost disk"])
        try people.expectSame(restored, people.mia)
    }

    @Test func oneselfsTwoLaptopsExchangeEverything() async throws {
        let second = try people.programme.joinAgain(people.pia)
        for laptop in [second, people.pia] { try await people.programme.sync(laptop) }
        try people.pia.replica.act("journal write", at: people.programme.now(people.pia)) {
            action in
            _ = try action.create(
                Schema.journalEntry, in: .own(people.pia.member),
                values: [
                    Fields.JournalEntry.body: .text(BundleProgramme.canary),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ])
        }
        try await people.read(people.bundle(of: people.pia, for: second), on: second)
        let entries = try second.replica.read { try $0.records(of: Schema.journalEntry).count }
        #expect(entries == 1)
        try people.expectSound(second)
        for laptop in [second, people.pia, second] { try await people.programme.sync(laptop) }
        try people.expectSame(second, people.pia)
    }

    @Test func anotherProgrammesBundleIsRefused() async throws {
        let other = try Programme()
        let stranger = try other.join("Mia", as: .mentor)
        let stick = try stranger.replica.bundleForHub(now: other.now(stranger)).bytes
        await #expect {
            try await people.read(stick, on: people.mia)
        } throws: { error in
            (error as? WireError)?.reason == .wrongProgramme
        }
        #expect(throws: HubError.self) {
            try people.programme.hub.carry(stick, now: people.programme.hubTime)
        }
    }
}
