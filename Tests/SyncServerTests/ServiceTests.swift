import ArgumentParser
import Cryptography
import Foundation
import GRDB
import HTTPTypes
import Model
import NIOSSL
import TestSupport
import Testing

@testable import SyncServer

@Suite struct HubClockTests {
    private func reading(_ wall: Int64, _ steady: Int64) -> HubClock.Reading {
        HubClock.Reading(wallMilliseconds: wall, steadyMilliseconds: steady)
    }

    @Test func timeNeverRunsBack() {
        var clock = HubClock(reading(1_000_000, 0))
        #expect(clock.time(at: reading(1_005_000, 5_000)).milliseconds == 1_005_000)
        #expect(clock.time(at: reading(900_000, 6_000)).milliseconds == 1_005_000)
    }

    @Test func jumpOfMoreThanADayIsNotBelieved() {
        var clock = HubClock(reading(1_000_000, 0))
        let later = 1_000_000 + 2 * HubClock.jumpMillisecondsMax
        #expect(clock.time(at: reading(later, 1_000)).milliseconds == 1_001_000)
        #expect(clock.isDoubtful)
        #expect(clock.time(at: reading(1_003_000, 3_000)).milliseconds == 1_003_000)
        #expect(!clock.isDoubtful)
    }

    @Test func smallStepIsBelieved() {
        var clock = HubClock(reading(1_000_000, 0))
        #expect(clock.time(at: reading(4_600_000, 1_000)).milliseconds == 4_600_000)
    }

    @Test func restartContinuesAfterTheLastTime() {
        var clock = HubClock(reading(500, 0), notBefore: HubTime(milliseconds: 1_000))
        #expect(clock.time(at: reading(600, 100)).milliseconds == 1_000)
    }

    /// A clock that is years ahead when the hub starts would make everything expire, and the hub's
    /// order could never go back.
    @Test func clockFarAheadAtTheStartIsBelievedOnlyWhenConfirmed() {
        let last = HubTime(milliseconds: 1_000_000)
        let plausible = last.milliseconds + HubClock.absenceMillisecondsMax
        for (wall, isConfirmed, isBelieved) in [
            (plausible, false, true), (plausible + 1, false, false), (plausible + 1, true, true),
        ] {
            var clock = HubClock(reading(wall, 0), notBefore: last, isConfirmed: isConfirmed)
            #expect(clock.isDoubtful == !isBelieved)
            let time = clock.time(at: reading(wall + 5_000, 5_000)).milliseconds
            #expect(time == (isBelieved ? wall : last.milliseconds) + 5_000)
        }
        // A new hub has no time of its own yet.
        #expect(!HubClock(reading(plausible + 1, 0)).isDoubtful)
    }
}

@Suite struct FailureLimiterTests {
    @Test func addressIsBlockedUntilItsWindowEnds() {
        let limiter = FailureLimiter(.init(failuresMax: 2, windowSeconds: 60))
        limiter.recordFailure(of: Origin("a"), nowSeconds: 0)
        #expect(!limiter.isBlocked(Origin("a"), nowSeconds: 1))
        limiter.recordFailure(of: Origin("a"), nowSeconds: 1)
        #expect(limiter.isBlocked(Origin("a"), nowSeconds: 59))
        #expect(!limiter.isBlocked(Origin("b"), nowSeconds: 59))
        #expect(!limiter.isBlocked(Origin("a"), nowSeconds: 60))
    }

    @Test func memoryIsBounded() {
        let limiter = FailureLimiter(.init(failuresMax: 1, windowSeconds: 60, addressesMax: 10))
        for index in 0..<1000 {
            limiter.recordFailure(of: Origin("\(index)"), nowSeconds: Int64(index / 100))
        }
        #expect(limiter.addressCount <= 10)
    }
}

@Suite struct ListenAddressTests {
    @Test func readsHostAndPort() {
        #expect(ListenAddress("127.0.0.1:8470") == .standard)
        #expect(ListenAddress("[::1]:0") == ListenAddress(host: "::1", port: 0))
        for text in ["", ":1", "host", "host:", "host:70000", "::1:80", "host:-1"] {
            #expect(ListenAddress(text) == nil)
        }
    }

    @Test func knowsLoopback() {
        for host in ["127.0.0.1", "127.1.2.3", "::1", "localhost"] {
            #expect(ListenAddress(host: host, port: 1).isLoopback)
        }
        for host in ["0.0.0.0", "example.org", "127.example.org", "::", "1.127.0.0"] {
            #expect(!ListenAddress(host: host, port: 1).isLoopback)
        }
    }

    @Test func urlNamesThePortThatWasTaken() {
        #expect(ListenAddress.standard.url(isTLS: true, port: 1234) == "https://127.0.0.1:1234")
        #expect(ListenAddress(host: "::1", port: 0).url(isTLS: false, port: 5) == "http://[::1]:5")
    }
}

@Suite struct TLSIdentityTests {
    @Test func renewalKeepsTheKeyAndItsPin() throws {
        let first = try TLSIdentity.make(host: "hub.example.org")
        let same = try TLSIdentity.load(
            certificatePEM: first.certificatePEM, privateKeyPEM: first.privateKeyPEM,
            host: "hub.example.org")
        #expect(!same.isRenewed)
        let moved = try TLSIdentity.load(
            certificatePEM: first.certificatePEM, privateKeyPEM: first.privateKeyPEM,
            host: "new.example.org")
        #expect(moved.isRenewed)
        #expect(moved.identity.pin == first.pin)
        #expect(moved.identity.certificatePEM != first.certificatePEM)
    }

    @Test func lostCertificateIsMadeAnewForTheSameKey() throws {
        let harness = try HubHarness()
        let folder = harness.hub.folder
        let first = try folder.tlsIdentity(host: "localhost")
        try FileManager.default.removeItem(atPath: folder.tlsCertificatePath)
        #expect(try folder.tlsIdentity(host: "localhost").pin == first.pin)
        try FileManager.default.removeItem(atPath: folder.tlsKeyPath)
        #expect(throws: HubError.self) { try folder.tlsIdentity(host: "localhost") }
    }

    @Test func pinIsThatOfTheKeyInTheCertificate() throws {
        let identity = try TLSIdentity.make(host: "127.0.0.1")
        let certificate = try #require(
            try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8)).first)
        let key = try certificate.extractPublicKey().toSPKIBytes()
        #expect(TLSPin.of(publicKeyDER: key) == identity.pin)
        _ = try identity.configuration
    }

    @Test func filesAreTheOwnersOnly() throws {
        let harness = try HubHarness()
        _ = try harness.hub.folder.tlsIdentity(host: "localhost")
        for path in [
            harness.hub.folder.keyPath, harness.hub.folder.tlsKeyPath,
            harness.hub.folder.tlsCertificatePath,
        ] {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600)
        }
    }
}

@Suite struct CommandTests {
    @Test func spansAreRead() {
        #expect(Span(argument: "24h")?.milliseconds == 86_400_000)
        #expect(Span(argument: "1h30m")?.milliseconds == 5_400_000)
        #expect(Span(argument: "7d")?.milliseconds == 604_800_000)
        for text in ["", "h", "10", "1w", "-1h", "0m", "99999999999999999999d"] {
            #expect(Span(argument: text) == nil)
        }
    }

    @Test func plainHTTPIsForLoopbackOrProxies() throws {
        #expect(throws: (any Error).self) {
            try ServeCommand.parse(["--data", "x", "--listen", "0.0.0.0:80", "--no-tls"])
        }
        _ = try ServeCommand.parse(["--data", "x", "--no-tls"])
        _ = try ServeCommand.parse([
            "--data", "x", "--listen", "0.0.0.0:80", "--no-tls", "--behind-proxy",
        ])
    }

    @Test func addressesAndURLsAreChecked() throws {
        #expect(throws: (any Error).self) {
            try InitCommand.parse(["--data", "x", "--name", "n", "--admin-email", "nobody"])
        }
        #expect(throws: HubError.self) { try HubIdentity.host(of: "ftp://x") }
        #expect(try HubIdentity.host(of: "https://[::1]:8470") == "::1")
    }

    @Test func everyFailureHasAStatusAndAnExitCode() {
        for reason in HubError.Reason.allCases {
            let error = HubError(reason, "A sentence.")
            #expect((400...599).contains(error.status.code))
            #expect([1, 64, 65, 70].contains(error.exitCode))
        }
    }

    @Test func otherPeoplesTextCannotSteerTheTerminal() throws {
        #expect(TerminalSafe.escape("a\u{1B}[2Jb") == "a\\u{1b}[2Jb")
        #expect(try JSONText.encode(["name": "a\u{202E}b"]) == "{\"name\":\"a\\u202eb\"}")
    }

    /// Whoever reads the log reads the JSON that is read everywhere.
    @Test func logLinesAreTheEncodersJSON() throws {
        let fields = [
            "plain": "42", "quoted": "a \"b\" \\ c", "": "", "lines": "a\nb\r\tc",
            "beyond": "Zoë 👍", "steering": "\u{1B}[2J\u{202E}x\u{7F}", "slash": "/v1/sync",
        ]
        #expect(try JSONText.object(fields) == JSONText.encode(fields))
    }

    @Test func membersAreFoundByAddressNameOrPrefix() throws {
        let harness = try HubHarness()
        let ada = try harness.join(.mentor, name: "ada")
        _ = try harness.join(.mentor, name: "bob")
        #expect(try harness.hub.member(named: "ada@example.org") == ada.member)
        #expect(try harness.hub.member(named: String(ada.member.text.prefix(12))) == ada.member)
        #expect(throws: HubError.self) { try harness.hub.member(named: "nobody") }
    }

    @Test func theLastActiveAdminIsNotSuspended() throws {
        let harness = try HubHarness()
        let (ada, bob) = (
            try harness.join(.admin, name: "ada"), try harness.join(.admin, name: "bob")
        )
        try harness.hub.suspend(bob.member, now: harness.time)
        #expect(throws: HubError.self) {
            try harness.hub.suspend(ada.member, now: harness.time)
        }
        #expect(throws: HubError.self) {
            try harness.hub.setRole(.mentor, of: ada.member, now: harness.time)
        }
        #expect(try harness.hub.memberRow(ada.member).state == .active)
        #expect(try harness.hub.memberRow(ada.member).role == .admin)
        #expect(throws: HubError.self) {
            try harness.hub.inviteDevice(
                of: bob.member, validMilliseconds: HubHarness.day, now: harness.time)
        }
    }

    /// With another role nobody could end or cancel what stands in the scopes of a pair.
    @Test func whoHasSomethingUnderWayKeepsTheirRole() throws {
        let harness = try HubHarness()
        let (mentor, participant) = try harness.pair()
        let start = harness.time.milliseconds + HubHarness.day
        let slot = mentor.slot(at: start, minutes: 45, isInstant: true)
        try harness.push(mentor, slot.batch)
        try harness.push(participant, participant.booking(slot.id, with: mentor.member).batch)
        func refusal(_ role: Role, of member: MemberID) -> String? {
            do {
                try harness.hub.setRole(role, of: member, now: harness.time)
                return nil
            } catch let error as HubError {
                return error.message
            } catch {
                return "\(error)"
            }
        }
        let names = [mentor, participant].map { String($0.member.text.prefix(8)) }
        #expect(
            refusal(.participant, of: mentor.member)
                == "\(names[0]) has mentorships with \(names[1]) and meetings to come with "
                + "\(names[1]).")
        #expect(refusal(.admin, of: participant.member)?.contains(names[0]) == true)

        let pair = Scope.pair(mentor: mentor.member, participant: participant.member)
        let mentorship = try #require(
            try harness.hub.database.read { store in
                try Data.fetchOne(store.database, sql: "SELECT id FROM mentorship")
            }.flatMap { RecordID(bytes: $0) })
        let end = Change(
            record: mentorship, entity: Schema.mentorship.id, field: Fields.Mentorship.ended,
            operation: .set(.boolean(true)))
        try harness.push(mentor, mentor.batch(pair, [end]))
        #expect(
            refusal(.mentor, of: participant.member)
                == "\(names[1]) has meetings to come with \(names[0]).")
        harness.pass(HubHarness.day + 45 * 60_000 - 1)
        #expect(refusal(.participant, of: mentor.member) != nil)
        harness.pass(1)
        #expect(refusal(.participant, of: mentor.member) == nil)
        #expect(refusal(.mentor, of: participant.member) == nil)
    }

    @Test func aStolenDeviceStaysStolen() throws {
        let harness = try HubHarness()
        let device = try harness.join(.mentor).device
        func state() throws -> String? {
            try harness.hub.devices().map(DeviceDocument.init).first { $0.id == device.text }?.state
        }
        #expect(try state() == "active")
        try harness.hub.revoke(device, isStolen: false, now: harness.time)
        #expect(try state() == "retired")
        try harness.hub.revoke(device, isStolen: true, now: harness.time)
        #expect(try state() == "stolen")
        for isStolen in [false, true] {
            #expect(throws: HubError.self) {
                try harness.hub.revoke(device, isStolen: isStolen, now: harness.time)
            }
        }
        #expect(try state() == "stolen")
    }

    @Test func aFolderThatCannotBeReadIsNotCalledEmpty() throws {
        let loop = NSTemporaryDirectory() + "waymark-" + RandomBytes.generate(count: 8).hexadecimal
        try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
        defer { unlink(loop) }
        func reason(_ path: String) -> HubError.Reason? {
            do {
                _ = try Hub.open(HubFolder(path))
                return nil
            } catch {
                return (error as? HubError)?.reason
            }
        }
        #expect(reason(loop) == .fileFailed)
        #expect(reason(loop + "-none") == .notAHub)
    }

    @Test(arguments: [
        (["staus", "--data", "x"], "waymark-hub status"),
        (["member", "lst"], "waymark-hub member list"),
        (["help", "nonsense"], "waymark-hub --help"),
    ])
    func aWordThatIsNoCommandIsNamed(words: [String], suggested: String) {
        do {
            try CommandNames.check(words, in: SyncServer.self)
            Issue.record("\(words) was taken for a command.")
        } catch {
            let error = error as? HubError
            #expect(error?.reason == .usage)
            #expect(error?.hint?.contains(suggested) == true)
        }
    }

    @Test func wrongUsageHasAHint() {
        let failure = SyncServer.wrongUsage(
            "Missing.", help: "Error: Missing.\nUsage: waymark-hub status --data <dir>\n")
        #expect(failure.hint == "Usage: waymark-hub status --data <dir>")
        #expect(SyncServer.wrongUsage("Missing.", help: "").hint != nil)
    }

    @Test func secondInitIsRefusedAndChangesNothing() throws {
        let harness = try HubHarness()
        #expect(throws: HubError.self) {
            try Hub.create(
                in: harness.hub.folder, name: "x", url: "https://x", isBehindProxy: true)
        }
        #expect(try Hub.open(harness.hub.folder).identity.name == "Test")
    }
}

@Suite struct LevelDigestsTests {
    private let member = MemberID(RecordID(device: DeviceID(rawValue: 1), counter: 1))

    @Test func whatIsKnownIsForgottenWithTheHead() {
        let known = LevelDigests()
        let first = Position(epoch: 1, number: 7)
        let second = Position(epoch: 1, number: 8)
        known.remember(.zero, of: member, at: first)
        #expect(known.isKnown(.zero, of: member, at: first))
        #expect(!known.isKnown(.zero, of: member, at: second))
        let other = MemberID(RecordID(device: DeviceID(rawValue: 1), counter: 2))
        known.remember(.zero, of: other, at: second)
        #expect(!known.isKnown(.zero, of: member, at: first))
        known.remember(.zero, of: member, at: first)
        #expect(!known.isKnown(.zero, of: member, at: first))
    }
}
