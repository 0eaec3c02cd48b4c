import ArgumentParser
import Foundation
import Model
import Replica
import Testing
import Wire

@testable import SyncServer

/// What commands say when something is not as it should be: what happened, to what, what now.
@Suite struct HubSentenceTests {
    let harness: HubHarness

    init() throws {
        harness = try HubHarness()
    }

    // MARK: Addresses

    private func initialise(_ arguments: String...) throws {
        let command = try InitCommand.parse(
            [
                "--data", harness.folder + "/new", "--name", "N", "--admin-email", "a@b.c",
                "--json",
            ] + arguments)
        try command.run()
    }

    @Test func hubBehindAnOpenLineIsRefused() throws {
        let failure = #expect(throws: HubError.self) {
            try initialise("--url", "http://192.0.2.2:9206")
        }
        #expect(failure?.exitCode == 64)
        #expect(failure?.message.contains("http://192.0.2.2:9206") == true)
        #expect(failure?.hint?.contains("--behind-proxy") == true)
        #expect(!FileManager.default.fileExists(atPath: harness.folder + "/new"))
    }

    @Test func openLineToThisComputerHasNoPin() throws {
        for (number, (url, isPinned)) in [
            ("http://127.0.0.1:8470", false), ("http://[::1]:8470", false),
            ("https://127.0.0.1:8470", true),
        ].enumerated() {
            #expect(try !HubIdentity.isReadableByOthers(url))
            let hub = try Hub.create(
                in: HubFolder("\(harness.folder)/\(number)"), name: "N", url: url,
                isBehindProxy: false)
            #expect((hub.identity.pin != nil) == isPinned)
            try hub.close()
        }
        #expect(try HubIdentity.isReadableByOthers("http://127.example.org"))
        #expect(try !HubIdentity.isReadableByOthers("https://hub.example.org"))
    }

    @Test(arguments: ["rubbish", ":9201", "127.0.0.1", "::1:80", ""])
    func addressToListenAtIsToldWithAnExample(text: String) {
        do {
            _ = try ServeCommand.parse(["--data", "x", "--listen", text])
            Issue.record("\(text) was taken.")
        } catch {
            let message = ServeCommand.message(for: error)
            #expect(message.contains("127.0.0.1:8470"), "\(message)")
        }
    }

    @Test func helpNamesWhereTheHubListens() {
        #expect(ServeCommand.helpMessage(columns: 200).contains("(default: 127.0.0.1:8470)"))
    }

    @Test func whyTheHubCannotListenIsTold() throws {
        let address = try #require(ListenAddress("0.0.0.0:80"))
        for (number, code, word) in [
            (EACCES, "refused", "1024"), (EADDRINUSE, "addressInUse", "Stop it"),
            (EADDRNOTAVAIL, "refused", "one of this computer's"),
        ] {
            let failure = address.failure(number)
            #expect(failure.code == code)
            #expect(failure.exitCode == 1)
            #expect(failure.message.contains("0.0.0.0 port 80"))
            #expect(failure.hint?.contains(word) == true, "\(failure.hint ?? "")")
            #expect(failure.hint?.contains("--listen") == true)
        }
    }

    // MARK: Files

    @Test func outputThatGoesNowhereIsTold() throws {
        guard let full = FileHandle(forWritingAtPath: "/dev/full") else { return }
        let failure = #expect(throws: HubError.self) {
            try HubOutput.write("x", to: full.fileDescriptor)
        }
        #expect(failure?.code == "outputFailed")
        #expect(
            failure?.message == "The output could not be written: No space left on device.")
    }

    @Test func troubleWithFilesHasAHint() {
        for reason in [.badKey, .diskFull, .readOnly, .busy, .newerVersion, .damaged]
            as [ReplicaError.Reason]
        {
            let failure = ReplicaError(reason, "/srv/hub").hubError
            #expect(failure.hint != nil, "\(failure.message)")
        }
    }

    @Test func keyOfAnotherHubAndTooLongInvitationsHaveAHint() throws {
        let other = try HubHarness()
        let folder = HubFolder(harness.folder + "/mixed")
        try folder.create()
        let backup = harness.folder + "/backup"
        _ = try harness.hub.backup(to: backup, now: harness.time)
        try FileManager.default.copyItem(atPath: backup, toPath: folder.databasePath)
        try FileManager.default.copyItem(
            atPath: other.hub.folder.keyPath, toPath: folder.keyPath)
        let mixed = #expect(throws: HubError.self) { try Hub.open(folder) }
        #expect(mixed?.hint?.contains("backup") == true)
        let long = #expect(throws: HubError.self) {
            try harness.hub.invite(
                .mentor, email: "a@b.c", name: nil, validMilliseconds: .max, now: harness.time)
        }
        #expect(long?.hint?.contains("--valid-for") == true)
    }

    // MARK: Bundles

    private func file(_ bytes: [UInt8]) throws -> String {
        let path = harness.folder + "/bundle.wmb"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func refusal(of path: String) -> HubError? {
        #expect(throws: HubError.self) {
            try harness.hub.takeIn(bundleAt: path, now: harness.time)
        }
    }

    @Test func bundleThatIsOfNoUseIsToldWithReasonAndHint() async throws {
        let pia = try harness.replica(.participant, name: "Pia")
        try await harness.sync(pia)
        let bytes = try pia.bundleForHub(now: ClaimedTime(milliseconds: 0)).bytes
        let answer = try harness.hub.carry(bytes, now: harness.time)
        let foreign = try HubHarness().replica(.participant, name: "Mia")
        let others = try foreign.bundleForHub(now: ClaimedTime(milliseconds: 0)).bytes
        let cases: [(String, [UInt8], String)] = [
            ("noise", Array("This is no bundle.\n".utf8), "malformed"),
            ("nothing", [], "malformed"),
            ("another programme's", others, "wrongProgramme"),
            ("cut", Array(bytes.prefix(bytes.count / 3)), "malformed"),
            ("for a device", answer, "malformed"),
        ]
        for (name, bytes, code) in cases {
            let path = try file(bytes)
            let failure = refusal(of: path)
            #expect(failure?.code == code, "\(name)")
            #expect(failure?.exitCode == 65, "\(name)")
            #expect(failure?.message.contains(path) == true, "\(name): \(failure?.message ?? "")")
            #expect(failure?.hint != nil, "\(name)")
        }
        for path in ["", harness.folder, harness.folder + "/nowhere"] {
            let failure = refusal(of: path)
            #expect(failure?.exitCode == 65)
            #expect(failure?.hint != nil)
        }
    }

    @Test func bundleIsToldInNumbers() async throws {
        let pia = try harness.replica(.participant, name: "Pia")
        let bytes = try pia.bundleForHub(now: ClaimedTime(milliseconds: 0)).bytes
        let path = try file(bytes + bytes + bytes.prefix(bytes.count - 3))
        var intake = try harness.hub.takeIn(bundleAt: path, now: harness.time)
        #expect(intake.count >= 2 && !intake.isWhole)
        intake.count = 1
        let text = BundleCommand.Read.text(intake, "stick", "answers")
        #expect(text.hasPrefix("Took in 1 parcel of stick\n"), "\(text)")
        #expect(text.contains("cut short"))
        intake.count = 2
        #expect(BundleCommand.Read.text(intake, "s", nil).hasPrefix("Took in 2 parcels of s\n"))
    }
}
