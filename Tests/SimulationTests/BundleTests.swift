import Cryptography
import Foundation
import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Work that travels in files: to the hub by couriers, and between members who never see a network.
@Suite(.timeLimit(.minutes(5))) struct BundleTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop
    /// Another participant, who may read nothing of Pia's.
    private let cora: Programme.Laptop
    private static let canary = "Kanarienvogel7319"

    init() async throws {
        programme = try Programme()
        mia = try programme.join("Mia", as: .mentor)
        pia = try programme.join("Pia", as: .participant)
        cora = try programme.join("Cora", as: .participant)
        for laptop in [mia, pia, cora] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        for laptop in [mia, pia, cora] { try await programme.sync(laptop) }
    }

    // MARK: Helpers

    @discardableResult
    private func add(_ title: String, on laptop: Programme.Laptop) throws -> RecordID {
        try laptop.replica.act("task add", at: programme.now(laptop)) { action in
            try action.create(
                Schema.task, in: .participant(pia.member),
                values: [Fields.Task.title: .text(title), Fields.Task.status: .integer(1)])
        }
    }

    private func edit(
        _ task: RecordID, _ title: String, on laptop: Programme.Laptop
    ) throws {
        try laptop.replica.act("task edit", at: programme.now(laptop)) { action in
            try action.set(
                Fields.Task.title, of: task, Schema.task, in: .participant(pia.member),
                to: .text(title))
        }
    }

    private func titles(on laptop: Programme.Laptop) throws -> [String] {
        try laptop.replica.read { reader in
            try reader.records(of: Schema.task).compactMap { $0.text(Fields.Task.title) }.sorted()
        }
    }

    private func unsent(on laptop: Programme.Laptop) throws -> Int {
        try laptop.replica.read { try $0.status() }.unsentChanges
    }

    private func conflicts(on laptop: Programme.Laptop) throws -> Int {
        try laptop.replica.read { try $0.openConflictCount() }
    }

    private func bundle(
        of laptop: Programme.Laptop, for reader: Programme.Laptop? = nil
    ) throws -> [UInt8] {
        let now = programme.now(laptop)
        let written =
            try reader.map { try laptop.replica.bundle(for: $0.member, now: now) }
            ?? laptop.replica.bundleForHub(now: now)
        return written.bytes
    }

    @discardableResult
    private func read(
        _ bytes: [UInt8], on laptop: Programme.Laptop
    ) async throws -> BundleReport {
        try await laptop.replica.readBundle(bytes)
    }

    private func seenBeyond(on laptop: Programme.Laptop) throws -> [DeviceNumber] {
        try laptop.replica.writer.read { database in
            let store = StoreTransaction(database)
            return try store.seen(in: store.scope(.participant(pia.member))).beyond
        }
    }

    private func expectSame(_ laptops: Programme.Laptop...) throws {
        let hub = try Standing.of(programme.hub)
        for laptop in laptops {
            let wanted = hub.restricted(to: try programme.readableScopes(of: laptop.member))
            #expect(try Standing.of(laptop) == wanted, "\(laptop.name)")
            #expect(try laptop.replica.examine().faults.isEmpty, "\(laptop.name)")
            let status = try laptop.replica.read { try $0.status() }
            #expect(status.unsentChanges == 0)
            #expect(status.account.waiting == 0)
        }
        #expect(try programme.hub.verify().fault == nil)
    }

    private func expectSound(_ laptops: Programme.Laptop...) throws {
        for laptop in laptops {
            #expect(try laptop.replica.examine().faults.isEmpty, "\(laptop.name)")
        }
    }

    private func filesWithCanary(of laptop: Programme.Laptop) throws -> [String] {
        let needles =
            [Self.canary, Self.canary.lowercased()].map { Data($0.utf8) }
            + [Data(Scope.participant(pia.member).bytes), Data(pia.member.bytes)]
        let home = laptop.replica.home
        let names = try #require(FileManager.default.enumerator(atPath: home))
        return names.compactMap { $0 as? String }.filter { name in
            guard let data = FileManager.default.contents(atPath: "\(home)/\(name)") else {
                return false
            }
            // Of Pia's member's id a stranger knows from the programme.
            let wanted = name.hasPrefix("freight") ? needles : Array(needles.prefix(3))
            return wanted.contains { data.range(of: $0) != nil }
        }
    }

    // MARK: By courier

    @Test func courierBringsWorkToTheHubAndItsAnswerBack() async throws {
        try add(Self.canary, on: pia)
        try add("from the mentor", on: mia)
        try await programme.sync(mia)
        let stick = try bundle(of: pia)
        #expect(Data(stick).range(of: Data(Self.canary.utf8)) == nil)
        #expect(try unsent(on: pia) > 0, "A bundle on a stick is nothing that the hub has.")

        let taken = try await read(stick, on: cora)
        #expect(taken.carried == 1)
        #expect(taken.changes == 0)
        #expect(try await read(stick, on: cora).carried == 0, "It has that already.")
        #expect(try filesWithCanary(of: cora) == [])
        let report = try await programme.sync(cora)
        #expect(report.freight.delivered == 1)
        #expect(report.freight.refused == [])
        #expect(try filesWithCanary(of: cora) == [])
        #expect(try await programme.sync(cora).freight.delivered == 0)

        let back = try bundle(of: cora, for: pia)
        let answer = try await read(back, on: pia)
        #expect(answer.acknowledged == 1)
        #expect(answer.sync.pulledChanges > 0)
        #expect(!answer.needsSync)
        #expect(try titles(on: pia) == [Self.canary, "from the mentor"])
        try await programme.sync(mia)
        try expectSame(pia, mia)

        let before = try Standing.of(pia)
        let again = try await read(back, on: pia)
        #expect(again.acknowledged == 0)
        #expect(try Standing.of(pia) == before)
    }

    @Test func newcomerIsLetInByCourier() async throws {
        let issued = try programme.hub.invite(
            .participant, email: "noa@example.org", name: nil, validMilliseconds: 86_400_000,
            now: programme.hubTime)
        let noa = try programme.join("Noa", token: issued.text, folderName: "Noa")
        try await read(bundle(of: noa), on: cora)
        try await programme.sync(cora)
        let report = try await read(bundle(of: cora, for: noa), on: noa)
        #expect(noa.replica.identity.isRedeemed)
        #expect(report.acknowledged == 1)
        #expect(try noa.replica.read { try $0.status() }.isComplete)
        #expect(try unsent(on: noa) == 0)
        try expectSame(noa)
        #expect(try await programme.sync(noa).pulledChanges == 0)
    }

    @Test func carrierIsNotJudgedButTheAuthorIs() async throws {
        try add("from Pia", on: pia)
        try await read(bundle(of: pia), on: cora)
        try programme.hub.suspend(cora.member, now: programme.hubTime)
        await #expect(throws: (any Error).self) { try await programme.sync(cora) }
        try await programme.sync(mia)
        #expect(try titles(on: mia) == ["from Pia"])

        try add("too late", on: pia)
        try programme.hub.suspend(pia.member, now: programme.hubTime)
        try await read(bundle(of: pia), on: mia)
        #expect(try await programme.sync(mia).freight.delivered == 1)
        let answer = mia.replica.freight.parcels(for: [pia.replica.identity.device])
            .flatMap(\.encodedBytes)
        let report = try await read(answer, on: pia)
        #expect(report.refusal == "memberSuspended")
        #expect(try titles(on: mia) == ["from Pia"])
    }

    @Test func bundlesComeLateTwiceAndInAnyOrder() async throws {
        var sticks: [[UInt8]] = []
        for number in 1...4 {
            try add("task \(number)", on: pia)
            sticks.append(try bundle(of: pia))
        }
        var answers: [[UInt8]] = []
        for index in [2, 0, 3, 3, 1, 2] {
            answers.append(try programme.hub.carry(sticks[index], now: programme.hubTime))
            programme.pass(milliseconds: 400 * 86_400_000)
        }
        // The first answer that came fits; the others say what the hub has.
        for index in [1, 4, 0, 2, 5, 3] { try await read(answers[index], on: pia) }
        #expect(try unsent(on: pia) == 0)
        try await programme.sync(pia)
        try await programme.sync(mia)
        #expect(try titles(on: mia) == ["task 1", "task 2", "task 3", "task 4"])
        try expectSame(pia, mia)
    }

    @Test func aBatchThatComesBeforeItsPredecessorIsLeftForLater() async throws {
        try add("first", on: pia)
        let first = try bundle(of: pia)
        // The answer is lost on its way, so the laptop sends both the next time; here only the
        // second is brought.
        try add("second", on: pia)
        let key = programme.hub.key
        let contents = try #require(
            try Parcel(encodedBytes: bundle(of: pia)).open(with: .init(key)))
        var sealer = try ParcelSealer(toHub: key.publicKey)
        var skipped = false
        for part in contents.parts {
            if case .batch = part, !skipped {
                skipped = true
                continue
            }
            sealer.append(part)
        }
        let answer = try programme.hub.carry(sealer.finish(), now: programme.hubTime)
        let report = try await read(answer, on: pia)
        #expect(report.acknowledged == 0)
        #expect(!report.isForked)
        _ = try programme.hub.carry(first, now: programme.hubTime)
        try await programme.sync(pia)
        try await programme.sync(mia)
        #expect(try titles(on: mia) == ["first", "second"])
        try expectSame(pia, mia)
    }

    @Test func whatIsWholeOfACutBundleIsUsed() async throws {
        for number in 1...3 {
            try add("task \(number)", on: pia)
            _ = try bundle(of: pia)
        }
        let stick = try bundle(of: pia)
        var seen: Set<Int> = []
        for length in stride(from: 0, to: stick.count, by: 7) {
            guard let parcel = try? Parcel.readAll(Array(stick.prefix(length))).parcels.first
            else { continue }
            #expect(!parcel.isWhole)
            seen.insert(parcel.open(with: .init(programme.hub.key))?.parts.count ?? 0)
        }
        #expect(seen == [0, 1, 2, 3, 4])
        let cut = try Parcel.readAll(Array(stick.prefix(stick.count * 3 / 4))).parcels[0]
        let report = try await read(cut.encodedBytes, on: cora)
        #expect(report.isCut)
        #expect(report.carried == 1)
        try await programme.sync(cora)
        try await programme.sync(mia)
        #expect(try !titles(on: mia).isEmpty)
        #expect(try await read(stick, on: cora).carried == 1)
        try await programme.sync(cora)
        try await programme.sync(mia)
        #expect(try titles(on: mia) == ["task 1", "task 2", "task 3"])
        try await programme.sync(pia)
        try expectSame(pia, mia)
    }

    // MARK: Between members

    @Test func membersExchangeWorkWithoutAnyNetwork() async throws {
        let task = try add("from Pia", on: pia)
        let first = try await read(bundle(of: pia, for: mia), on: mia)
        #expect(first.batches == 1)
        #expect(first.changes == 3)
        #expect(first.carried == 1, "What is for the hub goes along.")
        #expect(try titles(on: mia) == ["from Pia"])
        try expectSound(mia)

        // Mia overwrites what she has seen, Pia what she sees then.
        try edit(task, "seen by Mia", on: mia)
        try await read(bundle(of: mia, for: pia), on: pia)
        #expect(try titles(on: pia) == ["seen by Mia"])
        #expect(try conflicts(on: pia) == 0)
        try edit(task, "seen by Pia", on: pia)
        try await read(bundle(of: pia, for: mia), on: mia)
        #expect(try titles(on: mia) == ["seen by Pia"])
        #expect(try conflicts(on: mia) == 0)
        try expectSound(mia, pia)

        // Mia comes to the network first; what she built on arrives as freight.
        for laptop in [mia, pia, mia] { try await programme.sync(laptop) }
        #expect(try titles(on: mia) == ["seen by Pia"])
        #expect(try conflicts(on: mia) == 0)
        try expectSame(mia, pia)
    }

    /// Without freight: the hub gets the successor before what it replaced.
    @Test func whatWasSeenByBundleStaysSuperseded() async throws {
        let task = try add("shared", on: pia)
        for laptop in [pia, mia] { try await programme.sync(laptop) }
        try edit(task, "Pia's", on: pia)
        try await read(bundle(of: pia, for: mia), on: mia)
        mia.replica.freight.parcels().forEach { mia.replica.freight.remove($0.id) }
        try edit(task, "Mia's, who has seen Pia's", on: mia)
        for laptop in [mia, pia, mia] { try await programme.sync(laptop) }
        for laptop in [mia, pia] {
            #expect(try titles(on: laptop) == ["Mia's, who has seen Pia's"])
            #expect(try conflicts(on: laptop) == 0)
        }
        try expectSame(mia, pia)
    }

    @Test func whatTheHubHasDecidedTravelsWithItsDecision() async throws {
        let task = try add("old", on: pia)
        for laptop in [pia, mia] { try await programme.sync(laptop) }
        try edit(task, "Pia's", on: pia)
        try await programme.sync(pia)
        try await programme.sync(mia)
        try edit(task, "Mia's", on: mia)
        try await programme.sync(mia)

        // Pia's laptop has been offline since; a stick brings what the hub has.
        let report = try await read(bundle(of: mia, for: pia), on: pia)
        #expect(report.changes == 1)
        #expect(try titles(on: pia) == ["Mia's"])
        #expect(try conflicts(on: pia) == 0)
        try expectSound(pia)
        try edit(task, "Pia's again", on: pia)
        #expect(try conflicts(on: pia) == 0)
        for laptop in [pia, mia] { try await programme.sync(laptop) }
        try expectSame(pia, mia)
        #expect(try conflicts(on: mia) == 0)
    }

    @Test func aDecisionOnOwnWorkIsAReceipt() async throws {
        try add("from Pia", on: pia)
        // The work reaches the hub with another, and the answer is lost.
        _ = try programme.hub.carry(bundle(of: pia), now: programme.hubTime)
        try await programme.sync(mia)
        #expect(try unsent(on: pia) > 0)
        let report = try await read(bundle(of: mia, for: pia), on: pia)
        #expect(report.acknowledged == 1)
        #expect(try unsent(on: pia) == 0)
        try expectSound(pia)
        try await programme.sync(pia)
        try expectSame(pia, mia)
    }

    @Test func onlyWhatTheReaderMayReadIsInTheBundle() async throws {
        try pia.replica.act("journal write", at: programme.now(pia)) { action in
            _ = try action.create(
                Schema.journalEntry, in: .own(pia.member),
                values: [
                    Fields.JournalEntry.body: .text(Self.canary),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ])
        }
        try add("a task of Pia's", on: pia)
        let forCora = try await read(bundle(of: pia, for: cora), on: cora)
        #expect(forCora.changes == 0)
        #expect(try titles(on: cora) == [])
        let forMia = try await read(bundle(of: pia, for: mia), on: mia)
        #expect(forMia.changes == 3)
        #expect(try filesWithCanary(of: mia).isEmpty)
        // Whoever finds it reads nothing.
        let stranger = try await read(bundle(of: pia, for: mia), on: cora)
        #expect(stranger.changes == 0)
        #expect(stranger.carried > 0)
        #expect(try filesWithCanary(of: cora) == [])
    }

    @Test func refusedWorkFromABundleShowsAgainWhatItHid() async throws {
        let task = try add("old", on: pia)
        for laptop in [pia, mia] { try await programme.sync(laptop) }
        try edit(task, "Mia's", on: mia)
        try await read(bundle(of: mia, for: pia), on: pia)
        pia.replica.freight.parcels().forEach { pia.replica.freight.remove($0.id) }
        #expect(try titles(on: pia) == ["Mia's"])
        // Before Mia's work arrives the mentorship ends.
        let mentorship = try #require(
            try mia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
        try await programme.sync(mia)
        try await programme.sync(pia)
        #expect(try titles(on: pia) == ["old"])
        try expectSame(pia)
    }

    @Test func whatTheHubWouldRefuseIsNotShown() async throws {
        let task = try mia.replica.act("task add", at: programme.now(mia)) { action in
            try action.create(
                Schema.task, in: .participant(pia.member),
                values: [
                    Fields.Task.title: .text("reviewed"), Fields.Task.status: .integer(1),
                    Fields.Task.review: .boolean(true),
                ])
        }
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        // A changed program of Pia's, which does not ask whether she may.
        try pia.replica.write { store, credentials in
            let scope = Scope.participant(pia.member)
            let change = Change(
                record: task, entity: Schema.task.id, field: Fields.Task.status,
                operation: .set(.integer(TaskStatus.done.rawValue)))
            let part = try store.layOver(
                [change], in: scope, device: credentials.identity.device,
                claimed: programme.now(pia), store.seen(in: store.scope(scope)))
            try store.flush()
            try store.seal(
                [PendingSet(action: 99, claimed: programme.now(pia), parts: [part])], credentials)
        }
        let report = try await read(bundle(of: pia, for: mia), on: mia)
        #expect(report.changes == 1)
        let status = try mia.replica.read {
            try $0.record(task, of: Schema.task)?.integer(Fields.Task.status)
        }
        #expect(status == TaskStatus.open.rawValue)
        try expectSound(mia)
        // What Mia writes now has not seen it.
        #expect(try seenBeyond(on: mia) == [])
        for laptop in [mia, pia, mia] { try await programme.sync(laptop) }
        try expectSame(mia, pia)
    }

    @Test func restoredLaptopNoticesItsOwnWorkInABundle() async throws {
        try programme.backUp(pia, to: "backup")
        try add("on the lost disk", on: pia)
        let stick = try bundle(of: pia, for: mia)
        try await read(stick, on: mia)
        let toPia = try bundle(of: mia, for: pia)
        programme.lose(pia)
        let restored = try programme.start("backup", like: pia)
        let report = try await read(toPia, on: restored)
        #expect(report.isForked)
        try add("after", on: restored)
        // Mia hands the hub what the lost disk had sent with her.
        for laptop in [mia, restored, mia] { try await programme.sync(laptop) }
        #expect(restored.replica.identity.device != pia.replica.identity.device)
        #expect(try titles(on: restored) == ["after", "on the lost disk"])
        #expect(try titles(on: mia) == ["after", "on the lost disk"])
        try expectSame(restored, mia)
    }

    @Test func oneselfsTwoLaptopsExchangeEverything() async throws {
        let second = try programme.joinAgain(pia)
        for laptop in [second, pia] { try await programme.sync(laptop) }
        try pia.replica.act("journal write", at: programme.now(pia)) { action in
            _ = try action.create(
                Schema.journalEntry, in: .own(pia.member),
                values: [
                    Fields.JournalEntry.body: .text(Self.canary),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ])
        }
        try await read(bundle(of: pia, for: second), on: second)
        let entries = try second.replica.read { try $0.records(of: Schema.journalEntry).count }
        #expect(entries == 1)
        try expectSound(second)
        for laptop in [second, pia, second] { try await programme.sync(laptop) }
        try expectSame(second, pia)
    }

    @Test func anotherProgrammesBundleIsRefused() async throws {
        let other = try Programme()
        let stranger = try other.join("Mia", as: .mentor)
        let stick = try stranger.replica.bundleForHub(now: other.now(stranger)).bytes
        await #expect {
            try await read(stick, on: mia)
        } throws: { error in
            (error as? WireError)?.reason == .wrongProgramme
        }
        #expect(throws: HubError.self) {
            try programme.hub.carry(stick, now: programme.hubTime)
        }
    }
}
