import Cryptography
import Foundation
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Work that is carried to the hub on sticks, and its answers.
@Suite(.timeLimit(.minutes(10))) struct BundleTests {
    private let people: BundleProgramme

    init() async throws { people = try await BundleProgramme() }

    @Test func courierBringsWorkToTheHubAndItsAnswerBack() async throws {
        try people.add(BundleProgramme.canary, on: people.pia)
        try people.add("from the mentor", on: people.mia)
        try await people.programme.sync(people.mia)
        let stick = try people.bundle(of: people.pia)
        #expect(Data(stick).range(of: Data(BundleProgramme.canary.utf8)) == nil)
        #expect(
            try people.unsent(on: people.pia) > 0,
            "A bundle on a stick is nothing that the hub has.")

        let taken = try await people.read(stick, on: people.cora)
        #expect(taken.carried == 1)
        #expect(taken.changes == 0)
        #expect(try await people.read(stick, on: people.cora).carried == 0, "It has that already.")
        #expect(try people.filesWithCanary(of: people.cora) == [])
        let report = try await people.programme.sync(people.cora)
        #expect(report.freight.delivered == 1)
        #expect(report.freight.refused == [])
        #expect(try people.filesWithCanary(of: people.cora) == [])
        #expect(try await people.programme.sync(people.cora).freight.delivered == 0)

        let back = try people.bundle(of: people.cora, for: people.pia)
        let answer = try await people.read(back, on: people.pia)
        #expect(answer.acknowledged == 1)
        #expect(answer.sync.pulledChanges > 0)
        #expect(!answer.needsSync)
        #expect(try people.titles(on: people.pia) == [BundleProgramme.canary, "from the mentor"])
        try await people.programme.sync(people.mia)
        try people.expectSame(people.pia, people.mia)

        let before = try Standing.of(people.pia)
        let again = try await people.read(back, on: people.pia)
        #expect(again.acknowledged == 0)
        #expect(try Standing.of(people.pia) == before)
    }

    /// A courier cannot tell which of two copies is damaged, so both go along.
    @Test func damagedCopyDoesNotShutTheGoodOneOut() async throws {
        try people.add("from Pia", on: people.pia)
        let stick = try people.bundle(of: people.pia)
        var damaged = stick
        damaged[stick.count - 40] ^= 0xFF
        #expect(try await people.read(damaged, on: people.cora).carried == 1)
        #expect(try await people.read(stick, on: people.cora).carried == 1)
        for known in [stick, damaged, stick.dropLast(8)] {
            #expect(try await people.read(Array(known), on: people.cora).carried == 0)
        }
        try await people.programme.sync(people.cora)
        try await people.programme.sync(people.mia)
        #expect(try people.titles(on: people.mia) == ["from Pia"])
        #expect(people.cora.replica.freight.parcelsForHub().isEmpty)
    }

    @Test func newcomerIsLetInByCourier() async throws {
        let issued = try people.programme.hub.invite(
            .participant, email: "noa@example.org", name: nil, validMilliseconds: 86_400_000,
            now: people.programme.hubTime)
        let noa = try people.programme.join("Noa", token: issued.text, folderName: "Noa")
        try await people.read(people.bundle(of: noa), on: people.cora)
        try await people.programme.sync(people.cora)
        let report = try await people.read(people.bundle(of: people.cora, for: noa), on: noa)
        #expect(noa.replica.identity.isRedeemed)
        #expect(report.acknowledged == 1)
        #expect(try noa.replica.read { try $0.status() }.isComplete)
        #expect(try people.unsent(on: noa) == 0)
        try people.expectSame(noa)
        #expect(try await people.programme.sync(noa).pulledChanges == 0)
    }

    @Test func carrierIsNotJudgedButTheAuthorIs() async throws {
        try people.add("from Pia", on: people.pia)
        try await people.read(people.bundle(of: people.pia), on: people.cora)
        try people.programme.hub.suspend(people.cora.member, now: people.programme.hubTime)
        await #expect(throws: (any Error).self) { try await people.programme.sync(people.cora) }
        try await people.programme.sync(people.mia)
        #expect(try people.titles(on: people.mia) == ["from Pia"])

        try people.add("too late", on: people.pia)
        try people.programme.hub.suspend(people.pia.member, now: people.programme.hubTime)
        try await people.read(people.bundle(of: people.pia), on: people.mia)
        #expect(try await people.programme.sync(people.mia).freight.delivered == 1)
        let report = try await people.read(
            people.bundle(of: people.mia, for: people.pia), on: people.pia)
        #expect(report.refusal == "memberSuspended")
        #expect(try people.titles(on: people.mia) == ["from Pia"])
    }

    /// Its only laptop: the member gets nothing but that.
    @Test(arguments: [true, false])
    func revokedLaptopHearsOfItByCourier(isStolen: Bool) async throws {
        let (programme, mia, pia) = (people.programme, people.mia, people.pia)
        try people.add("too late", on: pia)
        try programme.hub.revoke(
            pia.replica.identity.device, isStolen: isStolen, now: programme.hubTime)
        try await people.read(people.bundle(of: pia), on: mia)
        try await programme.sync(mia)
        let answer = try people.bundle(of: mia, for: pia)
        #expect(try await people.read(answer, on: pia).refusal == "deviceRevoked")
    }

    /// Nobody here knows who they are; a bundle for the hub brings the answer back.
    @Test func whomTheHubDoesNotLetInHearsOfItByCourier() async throws {
        let (programme, mia) = (people.programme, people.mia)
        let issued = try programme.hub.invite(
            .participant, email: "x@example.org", name: nil, validMilliseconds: 1_000,
            now: programme.hubTime)
        let late = try programme.join("Late", token: issued.text, folderName: "Late")
        programme.pass(milliseconds: 100_000_000)
        try await people.read(people.bundle(of: late), on: mia)
        try await programme.sync(mia)
        let report = try await people.read(people.bundle(of: mia), on: late)
        #expect(report.refusal == "tokenExpired")
    }

    @Test func bundlesComeLateTwiceAndInAnyOrder() async throws {
        var sticks: [[UInt8]] = []
        for number in 1...4 {
            try people.add("task \(number)", on: people.pia)
            sticks.append(try people.bundle(of: people.pia))
        }
        var answers: [[UInt8]] = []
        for index in [2, 0, 3, 3, 1, 2] {
            answers.append(
                try people.programme.hub.carry(sticks[index], now: people.programme.hubTime))
            people.programme.pass(milliseconds: 400 * 86_400_000)
        }
        // The first answer that came fits; the others say what the hub has.
        for index in [1, 4, 0, 2, 5, 3] { try await people.read(answers[index], on: people.pia) }
        #expect(try people.unsent(on: people.pia) == 0)
        try await people.programme.sync(people.pia)
        try await people.programme.sync(people.mia)
        #expect(try people.titles(on: people.mia) == ["task 1", "task 2", "task 3", "task 4"])
        try people.expectSame(people.pia, people.mia)
    }

    @Test func aBatchThatComesBeforeItsPredecessorIsLeftForLater() async throws {
        try people.add("first", on: people.pia)
        let first = try people.bundle(of: people.pia)
        // The answer is lost on its way, so the laptop sends both the next time; here only the
        // second is brought.
        try people.add("second", on: people.pia)
        let key = people.programme.hub.key
        let contents = try #require(
            try Parcel(encodedBytes: people.bundle(of: people.pia)).open(with: .init(key)))
        var sealer = try ParcelSealer(toHub: key.publicKey)
        var skipped = false
        for part in contents.parts {
            if case .batch = part, !skipped {
                skipped = true
                continue
            }
            sealer.append(part)
        }
        let answer = try people.programme.hub.carry(sealer.finish(), now: people.programme.hubTime)
        let report = try await people.read(answer, on: people.pia)
        #expect(report.acknowledged == 0)
        #expect(!report.isForked)
        _ = try people.programme.hub.carry(first, now: people.programme.hubTime)
        try await people.programme.sync(people.pia)
        try await people.programme.sync(people.mia)
        #expect(try people.titles(on: people.mia) == ["first", "second"])
        try people.expectSame(people.pia, people.mia)
    }

    @Test func whatIsWholeOfACutBundleIsUsed() async throws {
        for number in 1...3 {
            try people.add("task \(number)", on: people.pia)
            _ = try people.bundle(of: people.pia)
        }
        let stick = try people.bundle(of: people.pia)
        var seen: Set<Int> = []
        for length in stride(from: 0, to: stick.count, by: 7) {
            guard let parcel = try? Parcel.readAll(Array(stick.prefix(length))).parcels.first
            else { continue }
            #expect(!parcel.isWhole)
            seen.insert(parcel.open(with: .init(people.programme.hub.key))?.parts.count ?? 0)
        }
        #expect(seen == [0, 1, 2, 3, 4])
        let cut = try Parcel.readAll(Array(stick.prefix(stick.count * 3 / 4))).parcels[0]
        let report = try await people.read(cut.encodedBytes, on: people.cora)
        #expect(report.isCut)
        #expect(report.carried == 1)
        try await people.programme.sync(people.cora)
        try await people.programme.sync(people.mia)
        #expect(try !people.titles(on: people.mia).isEmpty)
        #expect(try await people.read(stick, on: people.cora).carried == 1)
        try await people.programme.sync(people.cora)
        try await people.programme.sync(people.mia)
        #expect(try people.titles(on: people.mia) == ["task 1", "task 2", "task 3"])
        try await people.programme.sync(people.pia)
        try people.expectSame(people.pia, people.mia)
    }
}
