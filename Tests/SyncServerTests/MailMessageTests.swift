import Foundation
import Model
import Testing

@testable import SyncServer

/// Mails as bytes: whatever people call themselves, nothing of it is taken at its word.
@Suite struct MailMessageTests {
    private func message(
        name: String = "Riverside", subject: String = "2 new things", text: String = "Hello"
    ) throws -> String {
        let message = MailMessage(
            from: try #require(MailAddress("hub@example.org")), fromName: name,
            to: try #require(MailAddress("ana@example.org")), subject: subject, id: "0a1b",
            date: HubTime(milliseconds: 1_796_378_400_000), text: text)
        return String(decoding: message.bytes, as: UTF8.self)
    }

    @Test func aPlainMailIsReadable() throws {
        #expect(
            try message() == """
                From: Riverside
                 <hub@example.org>
                To: <ana@example.org>
                Subject: 2 new things
                Date: Fri, 04 Dec 2026 10:00:00 +0000
                Message-ID: <0a1b@example.org>
                Auto-Submitted: auto-generated
                MIME-Version: 1.0
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                Hello

                """)
    }

    @Test(arguments: [
        "a\nBcc: evil@example.org", "a\r\n\r\nbody", "<evil@example.org>", "a, b", "\"", "(c)",
        "=?UTF-8?Q?x?=", "Flußufer", "木工👩🏽‍🔧 und noch viel mehr, das auf keine Zeile passt",
        "", " ", "a\u{0}b", String(repeating: "x", count: 500),
    ])
    func namesBeginNoHeader(name: String) throws {
        let lines = try message(name: name, subject: name).split(
            separator: "\n", omittingEmptySubsequences: false)
        let end = try #require(lines.firstIndex(of: ""))
        let headers = lines[..<end].filter { !$0.hasPrefix(" ") }
        #expect(
            headers.map { String($0.prefix { $0 != ":" }) } == [
                "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
                "Content-Type", "Content-Transfer-Encoding",
            ])
        let unfolded = lines[..<end].joined(separator: "\n").replacingOccurrences(
            of: "\n ", with: " ")
        #expect(
            unfolded.split(separator: "\n").first?.hasSuffix(" <hub@example.org>") == true)
        #expect(unfolded.split(separator: "\n").first?.contains("evil") == false)
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { $0 < 0x7F } })
    }

    @Test func textIsQuotedPrintable() {
        #expect(MailMessage.quotedPrintable("a=b ü") == "a=3Db =C3=BC\n")
        #expect(MailMessage.quotedPrintable("end ") == "end=20\n")
        #expect(MailMessage.quotedPrintable(".\nFrom") == "=2E\nFrom\n")
        let long = MailMessage.quotedPrintable(String(repeating: "ü", count: 100))
        let lines = long.split(separator: "\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
        #expect(lines.dropLast().allSatisfy { $0.hasSuffix("=") && $0.utf8.count % 6 == 1 })
    }

    @Test func addressesAreAddressesOnly() {
        for text in ["a@b", "a.b+c@d-e.example.org", "o'neil@example.org"] {
            #expect(MailAddress(text)?.text == text)
        }
        for text in [
            "", "a", "@b", "a@", "a@b@c", "a b@c", "a@b,c@d", "<a@b>", "a@b\n", "-f@b", ".a@b",
            "a..b@c", "a@b.", "ü@b", "a@ü", "\"a\"@b", "a;b@c", "a:b@c", "a@[1.2.3.4]",
            String(repeating: "a", count: 65) + "@b",
        ] {
            #expect(MailAddress(text) == nil)
        }
        #expect(MailAddress("a@b.example")?.host == "b.example")
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 +0000"),
        (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 +0000"),
    ])
    func datesAreRight(seconds: Int64, text: String) {
        #expect(MailMessage.dateText(HubTime(milliseconds: seconds * 1000)) == text)
    }

    // MARK: When

    private static let start: Int64 = 1_780_308_000_000

    private func decide(
        _ mail: MailPreference, first: Int64, now: Int64, quiet: (Int64, Int64)? = nil,
        at mailAt: Int64 = 7 * 60, retryAt: Int64? = nil, zone: String = "GMT"
    ) -> MailPlan.Decision {
        let settings = NotificationSettings([
            Fields.Settings.mail: .integer(mail.rawValue),
            Fields.Settings.mailAt: .integer(mailAt),
            Fields.Settings.quietFrom: quiet.map { .integer($0.0) } ?? .null,
            Fields.Settings.quietUntil: quiet.map { .integer($0.1) } ?? .null,
        ])
        let minute: Int64 = 60_000
        return MailPlan.decision(
            settings, first: Self.start + first * minute,
            retryAt: retryAt.map { Self.start + $0 * minute }, now: Self.start + now * minute,
            timeZone: TimeZone(identifier: zone) ?? .gmt)
    }

    @Test func mailComesWhenItIsWanted() {
        // The start is Monday, 10:00 in UTC.
        #expect(decide(.none, first: 0, now: 0) == .drop)
        #expect(decide(.prompt, first: 0, now: 4) == .wait)
        #expect(decide(.prompt, first: 0, now: 5) == .send)
        #expect(decide(.prompt, first: 0, now: 5, quiet: (9 * 60, 11 * 60)) == .wait)
        #expect(decide(.prompt, first: 0, now: 60, quiet: (9 * 60, 11 * 60)) == .send)
        #expect(decide(.prompt, first: 0, now: 5, retryAt: 9) == .wait)
        #expect(decide(.prompt, first: 0, now: 9, retryAt: 9) == .send)
        #expect(decide(.daily, first: 0, now: 21 * 60 - 1) == .wait)
        #expect(decide(.daily, first: 0, now: 21 * 60) == .send)
        #expect(decide(.daily, first: 0, now: 1, at: 10 * 60) == .send)
        // In Nairobi it is 13:00.
        #expect(decide(.daily, first: 0, now: 59, at: 14 * 60, zone: "Africa/Nairobi") == .wait)
        #expect(decide(.daily, first: 0, now: 60, at: 14 * 60, zone: "Africa/Nairobi") == .send)
        // In Berlin the clocks go back in the night to 25 October 2026.
        let zone = TimeZone(identifier: "Europe/Berlin") ?? .gmt
        let evening: Int64 = 1_792_872_000_000  // 22:00 there, +02:00
        #expect(
            MailPlan.nextMoment(ofMinute: 7 * 60, from: evening, zone)
                == evening + 10 * 3_600_000)
    }

    @Test func pausesGrow() {
        let pauses = (1...10).map { MailPlan.pauseMilliseconds(afterAttempts: $0) / 60_000 }
        #expect(pauses == [5, 10, 20, 40, 80, 160, 320, 360, 360, 360])
    }
}
