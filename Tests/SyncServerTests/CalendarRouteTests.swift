import Cryptography
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Model
import NIOCore
import Replica
import Synchronization
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// Private calendar addresses through the router.
@Suite struct CalendarRouteTests {
    let harness: HubHarness
    let secret = CalendarSecret()

    init() throws {
        harness = try HubHarness()
    }

    private struct Answer: Equatable {
        let status: Int
        let headers: [String: String]
        let body: String
    }

    private func get(
        _ path: String, ifNoneMatch tag: String? = nil, method: HTTPRequest.Method = .get,
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    ) async throws -> Answer {
        let configuration = HubConfiguration(
            now: { [time = harness.time] in time }, steadySeconds: { 0 })
        let application = try buildApplication(harness.hub, configuration, logger: logger)
        let answer = Mutex<Answer?>(nil)
        let headers: HTTPFields = tag.map { [.ifNoneMatch: $0] } ?? [:]
        try await application.test(.router) { client in
            try await client.execute(uri: path, method: method, headers: headers) { response in
                let fields = response.headers.map { ($0.name.canonicalName, $0.value) }
                let got = Answer(
                    status: Int(response.status.code),
                    headers: Dictionary(fields, uniquingKeysWith: { $1 }),
                    body: String(buffer: response.body))
                answer.withLock { $0 = got }
            }
        }
        return try #require(answer.withLock { $0 })
    }

    /// A mentor with a confirmed meeting and an event of their own, and an address.
    private func member() throws -> RawDevice {
        let (mentor, participant) = try harness.pair(participant: "Ana")
        let slot = mentor.slot(at: 1_800_439_200_000, minutes: 45, isInstant: true)
        try harness.push(mentor, slot.batch)
        try harness.push(participant, participant.booking(slot.id, with: mentor.member).batch)
        let event = mentor.create(
            Schema.personalEvent, mentor.newID(),
            [
                Fields.PersonalEvent.title: .text("Dentist"),
                Fields.PersonalEvent.start: .integer(1_800_500_400_000),
                Fields.PersonalEvent.end: .integer(1_800_504_000_000),
            ])
        let address = mentor.create(
            Schema.calendarAddress, addressID(of: mentor),
            [Fields.CalendarAddress.secretHash: .bytes(secret.hash)])
        let answer = try harness.push(
            mentor, mentor.batch(.own(mentor.member), event + address))
        #expect(answer.receipts.first?.outcome == .admitted)
        return mentor
    }

    private func addressID(of device: RawDevice) -> RecordID {
        RecordID(device: device.device, counter: 1_000)
    }

    @Test func addressShowsMeetingsAndOwnEvents() async throws {
        _ = try member()
        let answer = try await get(secret.path)
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "text/calendar; charset=utf-8")
        #expect(answer.headers["cache-control"]?.hasPrefix("private") == true)
        let lines = answer.body.components(separatedBy: "\r\n")
        #expect(lines.filter { $0 == "BEGIN:VEVENT" }.count == 2)
        for line in [
            "X-WR-CALNAME:Test", "STATUS:CONFIRMED", "DTSTART:20270120T100000Z",
            "DTEND:20270120T104500Z", "SUMMARY:Dentist", "DTSTART:20270121T030000Z",
        ] { #expect(lines.contains(line), "\(line)") }
        let head = try await get(secret.path, method: .head)
        #expect(head.status == 200 && head.body == "")
        #expect(head.headers["etag"] == answer.headers["etag"])
        #expect(head.headers["content-length"] == "\(answer.body.utf8.count)")
        let tag = try #require(answer.headers["etag"])
        #expect(try await get(secret.path) == answer)
        for known in [tag, "\"other\", W/\(tag)", "*"] {
            let again = try await get(secret.path, ifNoneMatch: known)
            #expect(again.status == 304)
            #expect(again.body == "")
            #expect(again.headers["etag"] == tag)
        }
        #expect(try await get(secret.path, ifNoneMatch: "\"other\"").status == 200)
    }

    /// Whoever asks cannot tell what was there once from what never was.
    @Test func addressThatShowsNothingIsLikeNone() async throws {
        let mentor = try member()
        let nothing = try await get("/nothing/here")
        #expect(nothing.status == 404)
        for path in [
            CalendarSecret().path, "/calendar/", "/calendar/abc.ics", "/calendar/" + "%00",
            String(secret.path.dropLast(4)), secret.path + "x",
        ] { #expect(try await get(path) == nothing, "\(path)") }

        try harness.hub.suspend(mentor.member, now: harness.time)
        #expect(try await get(secret.path) == nothing)
        try harness.hub.reinstate(mentor.member, now: harness.time)
        #expect(try await get(secret.path).status == 200)

        let revoked = Change(
            record: addressID(of: mentor), entity: Schema.calendarAddress.id,
            field: Fields.CalendarAddress.revoked, operation: .set(.boolean(true)))
        try harness.push(mentor, mentor.batch(.own(mentor.member), [revoked]))
        #expect(try await get(secret.path) == nothing)
        let again = Change(
            record: addressID(of: mentor), entity: Schema.calendarAddress.id,
            field: Fields.CalendarAddress.revoked, operation: .set(.boolean(false)))
        let batch = mentor.batch(.own(mentor.member), [again])
        let answer = try harness.push(mentor, batch)
        #expect(try harness.refusal(of: batch, in: answer) == .malformed)
        #expect(try await get(secret.path) == nothing)
    }

    /// Whoever took the laptop may have made an address and written it down.
    @Test func addressGoesWithTheStolenLaptopThatMadeIt() async throws {
        let mentor = try member()
        let nothing = try await get("/nothing/here")
        try harness.hub.revoke(mentor.device, isStolen: false, now: harness.time)
        #expect(try await get(secret.path).status == 200)
        try harness.hub.revoke(mentor.device, isStolen: true, now: harness.time)
        #expect(try await get(secret.path) == nothing)
    }

    /// It has got another key since.
    @Test func addressOfAFormerKeyGoesWithTheStolenLaptop() async throws {
        let later = try harness.rekey(try member())
        #expect(try await get(secret.path).status == 200)
        try harness.hub.revoke(later.device, isStolen: true, now: harness.time)
        #expect(try await get(secret.path).status == 404)
    }

    /// An admin reads every pair's bookings and has their own alone in their calendar.
    @Test func calendarIsOfItsMemberAlone() async throws {
        _ = try member()
        let admin = try harness.join(.admin, name: "admin")
        let own = CalendarSecret()
        let address = admin.create(
            Schema.calendarAddress, admin.newID(),
            [Fields.CalendarAddress.secretHash: .bytes(own.hash)])
        try harness.push(admin, admin.batch(.own(admin.member), address))
        let answer = try await get(own.path)
        #expect(answer.status == 200)
        #expect(!answer.body.contains("BEGIN:VEVENT"))
    }

    @Test func secretIsNotLogged() async throws {
        _ = try member()
        let lines = Mutex<[String]>([])
        var handler = JSONLogHandler(
            label: "test", now: { Date(timeIntervalSince1970: 0) },
            sink: { line in lines.withLock { $0.append(line) } })
        handler.logLevel = .trace
        let logger = Logger(label: "test") { [handler] _ in handler }
        #expect(try await get(secret.path, logger: logger).status == 200)
        #expect(try await get(CalendarSecret().path, logger: logger).status == 404)
        let text = lines.withLock { $0.joined() }
        #expect(text.contains("Request"))
        #expect(!text.contains(secret.fileName.prefix(20)), "\(text)")
    }

    @Test func tagsAreComparedAsTheStandardHasIt() {
        #expect(CalendarRoutes.isKnown("\"a\"", "\"b\" , \"a\""))
        #expect(CalendarRoutes.isKnown("\"a\"", "W/\"a\""))
        #expect(!CalendarRoutes.isKnown("\"a\"", "\"ab\""))
        #expect(!CalendarRoutes.isKnown("\"a\"", nil))
    }
}
