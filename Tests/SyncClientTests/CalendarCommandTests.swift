import Foundation
import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncClient

@Suite struct CalendarCommandTests {
    private let programme: CommandHarness
    private let mentor: MemberHome
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        mentor = try await programme.home(of: "Mara", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ana.member)
        try await mentor.sync()
        try await ana.sync()
    }

    private func lines(_ home: MemberHome, _ options: String...) async throws -> [String] {
        let result = await home.run(["calendar", "export"] + options)
        #expect(result.status == 0)
        return result.output.replacing("\r\n ", with: "").components(separatedBy: "\r\n")
    }

    @Test func meetingsAndTasksOfOneselfAreThere() async throws {
        let offer = try await mentor.json(
            "offer", "add", "Plans", "--duration", "45m", "--place", "Workshop")
        let slot = try await mentor.json(
            "slot", "add", "2027-01-20 10:00", "--offer", try #require(offer["id"].string))
        try await mentor.json("task", "add", "Read", "--for", "Ana", "--due", "2027-01-21 18:00")
        try await mentor.sync()
        try await ana.sync()
        let booking = try await ana.json(
            "booking", "request", try #require(slot["id"].string), "--note", "The first one")
        let id = try #require(booking["id"].string)
        let asked = try await lines(ana)
        #expect(asked.filter { $0 == "BEGIN:VEVENT" }.count == 1)
        for line in [
            "STATUS:TENTATIVE", "DTSTART:20270120T100000Z", "DTEND:20270120T104500Z",
            "SUMMARY:Plans with Mara", "LOCATION:Workshop", "DESCRIPTION:The first one",
            "TRANSP:OPAQUE",
        ] { #expect(asked.contains(line), "\(line)") }
        #expect(asked.contains { $0.hasPrefix("UID:\(id)@") })
        #expect(!asked.contains("BEGIN:VTODO"))
        let withTasks = try await lines(ana, "--tasks")
        #expect(withTasks.contains("DUE:20270121T180000Z"))
        #expect(withTasks.contains("STATUS:NEEDS-ACTION"))
        try await ana.sync()
        let scope = Scope.pair(mentor: mentor.member, participant: ana.member)
        let record = try #require(RecordID(text: id))
        programme.hub.rule(
            on: record, act: record, in: scope, state: .confirmed,
            slot: slot["id"].string.flatMap { RecordID(text: $0) })
        try await ana.sync()
        try await mentor.sync()
        #expect(try await lines(mentor).contains("SUMMARY:Plans with Ana"))
        #expect(try await lines(ana).contains("STATUS:CONFIRMED"))
        programme.hub.rule(
            on: record, act: nil, in: scope, state: .refused,
            slot: slot["id"].string.flatMap { RecordID(text: $0) }, reason: .expired)
        try await ana.sync()
    }

    @Test func fileIsWrittenOnceAndCounted() async throws {
        let path = programme.folder + "/mine.ics"
        let made = try await ana.json("calendar", "export", "--to", path)
        #expect(made["events"].int == 0)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasPrefix("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"))
        #expect(text.hasSuffix("END:VCALENDAR\r\n"))
        let again = await ana.run(["calendar", "export", "--to", path, "--json"])
        #expect(try again.json["error"]["code"].string == "fileExists")
        let document = try await ana.json("calendar", "export")
        #expect(document["calendar"].string == text)
    }

    @Test func addressIsShownOnceAndKeptAsAHash() async throws {
        let made = try await ana.json("calendar", "address", "add", "--name", "My phone")
        let url = try #require(made["url"].string)
        let id = try #require(made["id"].string)
        let start = "https://hub.example.org/calendar/"
        #expect(url.hasPrefix(start))
        let secret = try #require(CalendarSecret(fileName: url.dropFirst(start.count)))
        let stored = try ana.harness.replica(of: "Ana").read { reader in
            try reader.records(of: Schema.calendarAddress).first
        }
        let record = try #require(stored)
        #expect(record[Fields.CalendarAddress.secretHash].bytes == secret.hash)
        #expect(record.scope == .own(ana.member))
        let listed = try await ana.json("calendar", "address", "list")
        #expect(listed[0]["id"].string == id)
        #expect(listed[0]["name"].string == "My phone")
        #expect(listed[0]["state"].string == "open")
        #expect(listed[0].keys == ["id", "name", "state", "createdAt", "pending"])
        for file in try FileManager.default.contentsOfDirectory(atPath: ana.harness.home(of: "Ana"))
        {
            let bytes = try Data(
                contentsOf: URL(filePath: ana.harness.home(of: "Ana") + "/" + file))
            #expect(bytes.range(of: Data(secret.fileName.prefix(20).utf8)) == nil, "\(file)")
        }
    }

    @Test func revokedAddressStaysRevoked() async throws {
        let made = try await ana.json("calendar", "address", "add")
        let id = try #require(made["id"].string)
        for _ in 0..<2 {
            let revoked = try await ana.json("calendar", "address", "revoke", String(id.prefix(6)))
            #expect(revoked["state"].string == "revoked")
        }
        try await ana.sync()
        #expect(try await ana.json("status")["rejected"].int == 0)
        try await ana.expect(.refused, "calendar", "address", "revoke", "ffff")
    }

    /// Whoever has the laptop may have made the address.
    @Test func addressOfAStolenLaptopIsListedAsSuch() async throws {
        try await ana.json("calendar", "address", "add")
        let device = try ana.harness.replica(of: "Ana").identity.device
        try await ana.expect(.success, "device", "revoke", device.text)
        #expect(try await ana.json("calendar", "address", "list")[0]["state"].string == "open")
        try await ana.expect(.success, "device", "revoke", device.text, "--stolen")
        #expect(try await ana.json("calendar", "address", "list")[0]["state"].string == "stolen")
    }

    @Test func ownEventsAreThereWhenAskedFor() async throws {
        try await ana.json("event", "add", "Dentist", "2027-01-20 10:00", "--duration", "30m")
        #expect(try await !lines(ana).contains("SUMMARY:Dentist"))
        let shown = try await lines(ana, "--events")
        for line in [
            "SUMMARY:Dentist", "DTSTART:20270120T100000Z", "DTEND:20270120T103000Z",
            "STATUS:CONFIRMED", "TRANSP:OPAQUE",
        ] { #expect(shown.contains(line), "\(line)") }
    }
}
