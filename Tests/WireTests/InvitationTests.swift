import Cryptography
import Model
import Testing

@testable import Wire

@Suite struct InvitationTests {
    let hub = WireSamples.key(seed: [UInt8](repeating: 1, count: 32))
    let mentor = WireSamples.key(seed: [UInt8](repeating: 2, count: 32))
    let bearer = WireSamples.key(seed: [UInt8](repeating: 3, count: 32))
    let issuedAt: Int64 = 1_790_000_000_000
    let mentorMember = MemberID(
        RecordID(device: DeviceID(rawValue: 0x0102_0304_0506_0708), counter: 3))

    func certificate(_ role: Role) -> DeviceCertificate.Signed {
        DeviceCertificate(
            programme: ProgrammeID(hubKey: hub.publicKey), key: mentor.publicKey,
            member: mentorMember, role: role, validFrom: Position(epoch: 1, number: 5)
        ).sign(with: hub)
    }

    func make(
        _ purpose: InvitationToken.Purpose = .join(.participant), as role: Role? = .mentor,
        email: String? = "ana@example.org", record: RecordID? = nil,
        lifetimeMilliseconds: Int64 = 86_400_000
    ) throws -> (text: String, token: InvitationToken) {
        let issuer = role == nil ? hub : mentor
        let own = RecordID(device: DeviceID(issuer.publicKey), counter: 17)
        return try InvitationToken.make(
            invitation: record ?? own, purpose: purpose, email: email, name: "Ana",
            issuedAtMilliseconds: issuedAt + 999,
            expiresAtMilliseconds: issuedAt + lifetimeMilliseconds, hubKey: hub.publicKey,
            hubURL: "https://hub.example.org:8470/", pin: [1, 2, 3], programmeName: "Río",
            certificate: role.map(certificate), issuerKey: issuer, bearer: bearer)
    }

    func refusal(_ body: () throws -> some Any) -> InvitationError.Reason? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? InvitationError)?.reason
        }
    }

    @Test func invitationIsReadAsItWasMade() throws {
        let made = try make()
        let (read, secret) = try InvitationToken.read("  \(made.text)\n")
        #expect(read == made.token)
        #expect(secret.publicKey == bearer.publicKey)
        #expect(read.role == .participant)
        #expect(read.email == "ana@example.org")
        #expect(read.name == "Ana")
        #expect(read.hubURL == "https://hub.example.org:8470/")
        #expect(read.pin == [1, 2, 3])
        #expect(read.programmeName == "Río")
        #expect(read.issuer == DeviceID(mentor.publicKey))
        #expect(read.certificate?.role == .mentor)
        #expect(read.invitation.counter == 17)
        #expect(read.member == MemberID(read.invitation))
        #expect(read.issuedAtMilliseconds == issuedAt)
        #expect(read.expiresAtMilliseconds == issuedAt + 86_400_000)
        #expect(try InvitationToken.readWithoutSecret(read.token) == read)
        #expect(made.text.utf8.count < 1400)
    }

    @Test func validityIsJudgedByTheTimeThatIsGiven() throws {
        let token = try make().token
        #expect(token.validity(at: issuedAt - 1) == .notYet)
        #expect(token.validity(at: issuedAt) == .valid)
        #expect(token.validity(at: issuedAt + 86_399_999) == .valid)
        #expect(token.validity(at: issuedAt + 86_400_000) == .expired)
    }

    /// Every role against every role.
    @Test func issuersGiveOnlyWhatTheyMay() {
        for issuer in Role.allCases {
            for role in Role.allCases {
                let expected: InvitationError.Reason? =
                    issuer.mayInvite(role)
                    ? nil : (issuer == .participant ? .unentitledIssuer : .roleRaised)
                #expect(refusal { try make(.join(role), as: issuer) } == expected)
            }
        }
        for role in Role.allCases {
            #expect(refusal { try make(.join(role), as: nil) } == nil)
        }
    }

    @Test func furtherDevicesAreInvitedByTheirMemberOrAnAdmin() throws {
        var samples = WireSamples(seed: 1)
        let other = samples.member()
        #expect(try make(.link(mentorMember), as: .participant).token.member == mentorMember)
        #expect(try make(.link(mentorMember), as: .mentor).token.role == nil)
        #expect(refusal { try make(.link(other), as: .mentor) } == .unentitledIssuer)
        #expect(refusal { try make(.link(other), as: .admin) } == nil)
        #expect(refusal { try make(.link(other), as: nil) } == nil)
    }

    @Test func recordOfAnotherDeviceIsRefused() {
        let foreign = RecordID(device: DeviceID(rawValue: 5), counter: 1)
        #expect(refusal { try make(record: foreign) } == .unentitledIssuer)
    }

    @Test func certificateOfAnotherHubIsRefused() throws {
        let other = WireSamples.key(seed: [UInt8](repeating: 9, count: 32))
        let own = RecordID(device: DeviceID(mentor.publicKey), counter: 1)
        #expect(
            refusal {
                try InvitationToken.make(
                    invitation: own, purpose: .join(.participant),
                    issuedAtMilliseconds: issuedAt,
                    expiresAtMilliseconds: issuedAt + 1000, hubKey: other.publicKey,
                    hubURL: "", programmeName: "", certificate: certificate(.admin),
                    issuerKey: mentor, bearer: bearer)
            } == .badSignature)
        // Without a certificate only the hub's own key counts.
        #expect(
            refusal {
                try InvitationToken.make(
                    invitation: own, purpose: .join(.participant),
                    issuedAtMilliseconds: issuedAt,
                    expiresAtMilliseconds: issuedAt + 1000, hubKey: hub.publicKey, hubURL: "",
                    programmeName: "", issuerKey: mentor, bearer: bearer)
            } == .badSignature)
    }

    /// Lines broken at 76 characters, quoted by an answer, in marks, at the end of a sentence.
    @Test func invitationIsReadAsMailProgramsCarryIt() throws {
        let made = try make()
        var lines: [String] = []
        var rest = made.text[...]
        while !rest.isEmpty {
            lines.append(String(rest.prefix(76)))
            rest = rest.dropFirst(76)
        }
        let carried = [
            lines.joined(separator: "\n"), lines.joined(separator: "\r\n"),
            lines.map { "> \($0)" }.joined(separator: "\n"), "\"\(made.text)\"",
            "<\(made.text)>", "“\(made.text)”.", "\u{FEFF}\(made.text)\u{A0}",
        ]
        for text in carried {
            #expect(refusal { try InvitationToken.read(text) } == nil, "\(text.prefix(10))")
        }
    }

    @Test func secretMustBeThereAndFit() throws {
        let made = try make()
        let token = made.token.token
        let other = Base64URL.encode([UInt8](repeating: 5, count: 32))
        #expect(refusal { try InvitationToken.read(token) } == .secretMissing)
        #expect(refusal { try InvitationToken.read(token + "~") } == .secretMissing)
        #expect(refusal { try InvitationToken.read("\(token)~\(other)") } == .secretWrong)
        #expect(refusal { try InvitationToken.read("\(token)~abc") } == .secretWrong)
        #expect(refusal { try InvitationToken.read("\(made.text)~") } == .secretWrong)
        #expect(refusal { try InvitationToken.readWithoutSecret(made.text) } == .damaged)
    }

    @Test func lifetimeIsBounded() {
        let most = Int64(Limits.invitationHoursMax) * 3_600_000
        #expect(refusal { try make(lifetimeMilliseconds: most) } == nil)
        #expect(refusal { try make(lifetimeMilliseconds: most + 1000) } == .damaged)
        #expect(refusal { try make(lifetimeMilliseconds: 0) } == .damaged)
    }

    @Test func textsThatDoNotFitAreRefusedWhenMade() {
        let long = String(repeating: "a", count: 8000)
        #expect(refusal { try make(email: long) } == .tooLong)
    }

    @Test func otherTextsAreDamaged() {
        for text in ["", "~", " ", "v4.public.", "v4.public.AAAA~x", "héllo", "\u{0}"] {
            #expect(refusal { try InvitationToken.read(text) } == .damaged)
        }
        let long = String(repeating: "v", count: 100_000)
        #expect(refusal { try InvitationToken.read(long) } == .damaged)
    }

    @Test func everyTruncationAndFlippedBitIsNoticed() throws {
        let bytes = Array(try make().text.utf8)
        func isRefused(_ bytes: [UInt8]) -> Bool {
            refusal { try InvitationToken.read(String(decoding: bytes, as: UTF8.self)) } != nil
        }
        #expect(!isRefused(bytes))
        for count in 0..<bytes.count { #expect(isRefused(Array(bytes[..<count]))) }
        for mutated in mutations(of: bytes) { #expect(isRefused(mutated)) }
    }

    @Test func claimsThatAreNotKnownAreIgnored() throws {
        let payload = try payload { $0.replacing("{\"aud\"", with: "{\"more\":[1,{}],\"aud\"") }
        let token = PasetoV4Public.sign(payload: payload, key: mentor)
        #expect(try InvitationToken.readWithoutSecret(token).email == "ana@example.org")
    }

    /// Signed by the right key, and yet not what an invitation says.
    @Test func claimsThatAreWrongAreRefused() throws {
        func refusal(_ target: String, _ replacement: String) throws -> InvitationError.Reason? {
            let payload = try payload { $0.replacing(target, with: replacement) }
            let token = PasetoV4Public.sign(payload: payload, key: mentor)
            return self.refusal { try InvitationToken.readWithoutSecret(token) }
        }
        #expect(try refusal("\"exp\":\"", "\"exp\":\"+") == .damaged)
        #expect(try refusal("Z\",\"iss\"", "+00:00\",\"iss\"") == .damaged)
        #expect(try refusal("\"role\":\"participant\"", "\"role\":\"owner\"") == .damaged)
        #expect(try refusal("\"role\":\"participant\"", "\"role\":1") == .damaged)
        #expect(try refusal("\"role\":\"participant\"", "\"roll\":\"mentor\"") == .damaged)
        #expect(try refusal("\"role\":\"participant\"", "\"role\":\"mentor\"") == .roleRaised)
        #expect(
            try refusal(
                "\"role\":", "\"member\":\"00000000000000000000000000000000\",\"role\":")
                == .damaged)
        #expect(try refusal("\"wm\":{", "\"wx\":{") == .damaged)
        #expect(try refusal("\"pin\":\"", "\"pin\":\"=") == .damaged)
        let programme = ProgrammeID(hubKey: hub.publicKey).text
        let other = ProgrammeID(hubKey: mentor.publicKey).text
        #expect(try refusal(programme, other) == .wrongProgramme)
        #expect(try refusal(programme, programme.uppercased()) == .damaged)
        let device = DeviceID(mentor.publicKey).text
        #expect(try refusal("\"iss\":\"\(device)", "\"iss\":\"0123456789abcdef") == .badSignature)
    }

    private func payload(_ change: (String) -> String) throws -> [UInt8] {
        let token = try make().token.token
        let payload = try PasetoV4Public.decodeUnverified(token).payload
        return Array(change(String(decoding: payload, as: UTF8.self)).utf8)
    }
}

@Suite struct TokenTimeTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"), (1_709_164_800, "2024-02-29T00:00:00Z"),
        (1_790_000_000, "2026-09-21T14:13:20Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ])
    func knownTimesAreWrittenAndRead(seconds: Int64, text: String) {
        #expect(TokenTime.text(seconds: seconds) == text)
        #expect(TokenTime.seconds(text) == seconds)
    }

    @Test(arguments: WireSamples.seeds(50))
    func anyTimeIsReadAsItWasWritten(seed: UInt64) {
        var samples = WireSamples(seed: seed)
        let seconds = Int64(samples.next() % 253_402_300_800)
        #expect(TokenTime.seconds(TokenTime.text(seconds: seconds)) == seconds)
    }

    @Test(arguments: [
        "", "2026-09-21", "2026-09-21T14:13:20", "2026-09-21t14:13:20Z", "2026-02-29T00:00:00Z",
        "2026-09-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
        "1969-12-31T23:59:59Z", "2026-01-01T00:00:00z", "2026-01-01 00:00:00Z",
        "+026-01-01T00:00:00Z",
    ])
    func otherTextsAreNoTimes(text: String) {
        #expect(TokenTime.seconds(text) == nil)
    }
}
