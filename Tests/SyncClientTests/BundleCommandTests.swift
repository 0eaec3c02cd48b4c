import Foundation
import Model
import Replica
import Testing
import TestSupport

@testable import SyncClient

/// `waymark bundle write` and `waymark bundle read`.
@Suite(.timeLimit(.minutes(10))) struct BundleCommandTests {
    private let harness: CommandHarness
    private let mia: MemberHome
    private let ben: MemberHome
    private let cora: MemberHome

    init() async throws {
        harness = try CommandHarness()
        mia = try await harness.home(of: "Mia", as: .mentor)
        ben = try await harness.home(of: "Ben", as: .participant)
        cora = try await harness.home(of: "Cora", as: .participant)
        harness.hub.pair(mentor: mia.member, participant: ben.member)
        try await harness.sync("Mia", "Ben", "Cora")
    }

    private var stick: String { harness.path("stick.bundle") }

    @Test func workGoesToTheHubByCourierAndTheAnswerComesBack() async throws {
        try await ben.expect(.success, "task", "add", "Read Kanarienvogel")
        harness.transport.become(.cut)
        let written = try await ben.json("bundle", "write", stick)
        #expect(written.keys == ["file", "for", "batches", "changes", "carried", "bytes"])
        #expect(written["batches"].int == 1)
        #expect(written["changes"].int ?? 0 > 0)
        let bytes = try #require(FileManager.default.contents(atPath: stick))
        #expect(written["bytes"].int == bytes.count)
        #expect(try await ben.json("status")["unsent"]["changes"].int ?? 0 > 0)

        let taken = try await cora.json("bundle", "read", stick)
        #expect(
            taken.keys == [
                "verdicts", "conflicts", "clashes", "rejected", "batches", "changes", "bytes",
                "carried", "acknowledged", "notifications", "leftOut", "cut", "needsSync",
            ])
        #expect(taken["carried"].int == 1)
        #expect(taken["changes"].int == 0)
        harness.transport.become(.good)
        #expect(try await cora.json("sync")["carried"]["delivered"].int == 1)
        let back = harness.path("back.bundle")
        harness.transport.become(.cut)
        #expect(try await cora.json("bundle", "write", back, "--for", "Ben")["carried"].int == 1)
        let answer = try await ben.json("bundle", "read", back)
        #expect(answer["acknowledged"].int == 1)
        #expect(try await ben.json("status")["unsent"]["changes"].int == 0)
        let again = try await ben.json("bundle", "read", back)
        #expect(again["changes"].int == 0)
        #expect(again["acknowledged"].int == 0)
    }

    @Test func membersShowEachOtherTheirWork() async throws {
        harness.transport.become(.cut)
        try await mia.expect(.success, "task", "add", "Read Kanarienvogel", "--for", "Ben")
        try await mia.expect(.success, "bundle", "write", stick, "--for", "Ben")
        let report = try await ben.json("bundle", "read", stick)
        #expect(report["batches"].int == 1)
        #expect(report["changes"].int ?? 0 > 0)
        let tasks = try await ben.json("task", "list")
        #expect(tasks[0]["title"].string == "Read Kanarienvogel")
        let text = await ben.run(["bundle", "read", stick])
        #expect(text.output == "Nothing new.\n")
    }

    /// The line breaks at a parcel of somebody else's whenever it is sent, or something on the way
    /// spoils it.
    @Test(arguments: [true, false])
    func aParcelThatBreaksTheLineKeepsNobodyFromASync(isCut: Bool) async throws {
        for home in [ben, mia] {
            try await home.expect(.success, "profile", "set", "--bio", "Reads")
            try await home.expect(.success, "bundle", "write", stick)
            try await cora.expect(.success, "bundle", "read", stick)
        }
        try await cora.expect(.success, "task", "add", "Carry")
        let freight = try cora.harness.replica(of: "Cora").freight
        harness.transport.become(.spoilsParcels(first: 1, isCut: isCut))
        let report = try await cora.json("sync")
        // What comes after it is handed over when the laptop has said what it had to.
        #expect(report["carried"]["delivered"].int == 1)
        #expect(report["carried"]["refused"].int == 0)
        #expect(try await cora.json("status")["unsent"]["changes"].int == 0)
        #expect(freight.parcelsForHub().count == 1)
        #expect(try await cora.json("sync")["carried"]["delivered"].int == 1)
        #expect(freight.parcelsForHub().isEmpty)
    }

    @Test func withoutAHubFreightStaysAndTheSyncSaysWhy() async throws {
        try await ben.expect(.success, "profile", "set", "--bio", "Reads")
        try await ben.expect(.success, "bundle", "write", stick)
        try await cora.expect(.success, "bundle", "read", stick)
        for (condition, code) in [
            (BreakableTransport.Condition.cut, "hubUnreachable"), (.garbage, "badAnswer"),
        ] {
            harness.transport.become(condition)
            let failed = await cora.run(["sync", "--json"])
            #expect(failed.errorCode == code)
            #expect(try harness.replica(of: "Cora").freight.parcelsForHub().count == 1)
        }
    }

    @Test func aFolderIsSaidToBeOne() async throws {
        let folder = harness.path("folder")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        for words in [["bundle", "write", folder], ["bundle", "read", folder]] {
            let run = await mia.run(words)
            #expect(run.errors.contains("is a folder, not a file"), "\(run.errors)")
        }
    }

    @Test func aBundleIsReplacedAndAnotherFileIsNot() async throws {
        try await ben.expect(.success, "bundle", "write", stick)
        try await ben.expect(.success, "bundle", "write", stick)
        let diary = harness.path("diary.txt")
        try Data("Dear diary".utf8).write(to: URL(fileURLWithPath: diary))
        let refused = try await ben.expect(.refused, "bundle", "write", diary, "--json")
        #expect(refused.errorCode == "fileExists")
        #expect(FileManager.default.contents(atPath: diary) == Data("Dear diary".utf8))
    }

    @Test func damagedFilesAreNamedAndUsedAsFarAsTheyGo() async throws {
        try await ben.expect(.success, "task", "add", "Read")
        try await ben.expect(.success, "bundle", "write", stick)
        let whole = try #require(FileManager.default.contents(atPath: stick))
        let noise = harness.path("noise.bundle")
        try Data("no bundle at all".utf8).write(to: URL(fileURLWithPath: noise))
        let damaged = try await cora.expect(.badData, "bundle", "read", noise, "--json")
        #expect(damaged.errorCode == "bundleDamaged")
        try await cora.expect(.badData, "bundle", "read", harness.path("missing.bundle"))
        for count in [0, 5, 60, 150] {
            try whole.prefix(count).write(to: URL(fileURLWithPath: noise))
            try await cora.expect(.badData, "bundle", "read", noise)
        }
        try whole.dropLast(30).write(to: URL(fileURLWithPath: noise))
        let cut = try await cora.expect(.success, "bundle", "read", noise)
        #expect(cut.errors.contains("cut short"))
        #expect(cut.output.contains("Took 1 parcel along"))
    }

    @Test func whoCannotReadItIsSaidBeforehand() async throws {
        let nobody = try await ben.expect(
            .refused, "bundle", "write", stick, "--for", "Nobody", "--json")
        #expect(nobody.errorCode == "unknownMember")
        #expect(!FileManager.default.fileExists(atPath: stick))
        // One's other laptops, of which there is none.
        let own = try await ben.expect(
            .refused, "bundle", "write", stick, "--for", "Ben", "--json")
        #expect(own.errorCode == "noReader")
    }
}
