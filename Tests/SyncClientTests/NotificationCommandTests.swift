import Foundation
import Model
import Replica
import TestSupport
import Testing

@testable import SyncClient

/// `waymark notification list` and `read`, and the count in `status`.
@Suite(.timeLimit(.minutes(10))) struct NotificationCommandTests {
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
        try await mentor.expect(.success, "notification", "read", "--all")
        try await ana.expect(.success, "notification", "read", "--all")
    }

    private func kinds(_ home: MemberHome, _ options: String...) async throws -> [String] {
        let result = await home.run(["notification", "list", "--json"] + options)
        return try result.json.items.compactMap { $0["kind"].string }
    }

    private func unread(_ home: MemberHome) async throws -> Int? {
        try await home.json("status")["unread"].int
    }

    @Test func aGivenTaskIsToldOnceWithItsWords() async throws {
        let task = try await mentor.json(
            "task", "add", "Read <b>\u{1B}[1m", "--for", "Ana", "--due", "2026-06-05 10:00")
        try await mentor.json("task", "add", "Mine to see", "--for", "Ana")
        try await mentor.sync()
        let synced = try await ana.json("sync")
        #expect(synced["notifications"].int == 2)
        #expect(try await ana.json("sync")["notifications"].int == 0)
        let listed = try await ana.json("notification", "list")
        #expect(listed.items.count == 2)
        let first = try #require(listed.items.first { $0["record"].string == task["id"].string })
        #expect(first.keys == ["id", "kind", "record", "text", "at", "read"])
        #expect(first["kind"].string == "taskGiven")
        #expect(first["read"].bool == false)
        #expect(first["text"].string?.contains("Mara gave you the task “Read <b>") == true)
        #expect(first["text"].string?.contains("due Fri 2026-06-05 10:00") == true)
        #expect(try await unread(ana) == 2)
        // Whoever gave it need not be told.
        #expect(try await kinds(mentor) == [])
        // The title is not kept with it.
        try await mentor.json("task", "edit", try #require(task["id"].string), "--title", "Write")
        try await mentor.sync()
        try await ana.sync()
        let text = try await ana.expect(.success, "notification", "list").output
        #expect(text.contains("Mara gave you the task “Write”"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test func readingOnOneLaptopCountsOnTheOther() async throws {
        let other = try await programme.furtherHome(of: ana)
        try await other.sync()
        // What was before is no news on a new laptop.
        #expect(try await kinds(other, "--all") == [])
        try await mentor.json("task", "add", "Read", "--for", "Ana")
        try await mentor.json("task", "add", "Write", "--for", "Ana")
        try await mentor.sync()
        try await ana.sync()
        try await other.sync()
        let ids = try await ana.json("notification", "list", "--kind", "taskGiven").items
            .compactMap { $0["id"].string }
        try #require(ids.count == 2)
        #expect(try await unread(ana) == 3)
        let others = try await other.json("notification", "list", "--kind", "taskGiven")
        #expect(others.items.compactMap { $0["id"].string } == ids)
        let read = try await ana.json("notification", "read", String(ids[0].prefix(8)))
        #expect(read["unread"].int == 2)
        try await ana.sync()
        try await other.sync()
        let left = try await other.json("notification", "list", "--kind", "taskGiven")
        #expect(left.items.compactMap { $0["id"].string } == [ids[1]])
        let all = try await other.json("notification", "list", "--all", "--kind", "taskGiven")
        #expect(all.items.map { $0["read"].bool } == [true, false])
        // Marking again writes nothing.
        try await ana.sync()
        try await ana.json("notification", "read", ids[0])
        #expect(try await ana.json("status")["unsent"]["changes"].int == 0)
        try await ana.expect(.usage, "notification", "read")
        try await ana.expect(.usage, "notification", "read", ids[0], "--all")
        try await ana.expect(.refused, "notification", "read", "ffffffff")
    }

    @Test func ownWorkFromAnotherLaptopIsNoNews() async throws {
        let other = try await programme.furtherHome(of: ana)
        try await other.sync()
        try await ana.json("task", "add", "Mine")
        try await ana.sync()
        #expect(try await other.json("sync")["notifications"].int == 0)
        #expect(try await kinds(other) == [])
        // A laptop that joins in somebody's name is.
        try await ana.sync()
        #expect(try await kinds(ana) == ["access"])
    }

    @Test func whatWasTakenBackIsNotToldAnyMore() async throws {
        let task = try await mentor.json("task", "add", "Read", "--for", "Ana")
        let id = try #require(task["id"].string)
        try await mentor.sync()
        try await ana.sync()
        try await ana.json("task", "done", id)
        try await ana.sync()
        try await mentor.sync()
        #expect(try await kinds(mentor) == ["taskDone"])
        let text = try await mentor.expect(.success, "notification", "list").output
        #expect(text.contains("Ana has done the task “Read”."))
        // To have read something does not stand in the way of undoing what was done.
        try await ana.expect(.success, "notification", "read", "--all")
        try await ana.json("undo")
        try await ana.sync()
        try await mentor.sync()
        #expect(try await kinds(mentor) == [])
        try await mentor.json("task", "delete", id)
        try await mentor.sync()
        try await ana.sync()
        #expect(try await kinds(ana) == [])
        #expect(try await unread(ana) == 0)
        let doctor = try await ana.json("doctor", "--rebuild")
        #expect(doctor["ok"].bool == true)
        try await mentor.json("undo")
        try await mentor.sync()
        try await ana.sync()
        #expect(try await kinds(ana, "--all", "--limit", "1").count == 1)
        #expect(try await kinds(ana, "--all").contains("taskGiven"))
        try await ana.expect(.usage, "notification", "list", "--limit", "0")
        try await ana.expect(.success, "notification", "settings", "--mail", "none")
        try await ana.expect(.refused, "undo")
    }

    @Test func meetingsAreToldToWhomTheyConcern() async throws {
        let slot = try await mentor.json("slot", "add", "2026-06-03 10:00", "--duration", "45m")
        try await mentor.sync()
        try await ana.sync()
        let slotID = try #require(RecordID(text: slot["id"].string ?? ""))
        let booking = try await ana.json(
            "booking", "request", slotID.text, "--topic", "Plans")
        let id = try #require(RecordID(text: booking["id"].string ?? ""))
        try await ana.sync()
        let pair = Scope.pair(mentor: mentor.member, participant: ana.member)
        programme.hub.rule(on: id, act: id, in: pair, state: .held, slot: slotID)
        try await mentor.sync()
        #expect(try await kinds(mentor) == ["request"])
        let asked = try await mentor.json("notification", "list")[0]
        #expect(asked["record"].string == id.text)
        #expect(
            asked["text"].string
                == "Ana asks for a meeting with you on Wed 2026-06-03 10:00, “Plans”.")
        let approval = try await mentor.json("booking", "approve", id.text)
        #expect(approval["pending"].bool == true)
        try await mentor.sync()
        let act = try programme.replica(of: "Mara").read {
            try #require(try $0.records(of: Schema.bookingAct).first?.id)
        }
        programme.hub.rule(on: id, act: act, in: pair, state: .confirmed, slot: slotID)
        // A hub that was set back rules once more.
        programme.hub.rule(on: id, act: act, in: pair, state: .confirmed, slot: slotID)
        try await ana.sync()
        try await mentor.sync()
        // That it is confirmed, once; that it was held no longer holds.
        #expect(try await kinds(ana) == ["verdict"])
        let told = try await ana.json("notification", "list")
        #expect(told[0]["record"].string == id.text)
        #expect(
            told[0]["text"].string
                == "The meeting with Mara on Wed 2026-06-03 10:00 is confirmed.")
        #expect(try await kinds(mentor) == ["request"])
        #expect(
            try await mentor.json("notification", "list")[0]["text"].string
                == "Ana booked a meeting with you on Wed 2026-06-03 10:00, “Plans”.")
        try await ana.json("booking", "cancel", id.text)
        try await ana.sync()
        let cancel = try programme.replica(of: "Ana").read { reader in
            try #require(
                try reader.records(of: Schema.bookingAct).map(\.id).first { $0 != act })
        }
        programme.hub.rule(on: id, act: cancel, in: pair, state: .cancelled, slot: slotID)
        try await mentor.sync()
        try await ana.sync()
        #expect(try await kinds(mentor) == ["cancellation", "request"])
        #expect(try await kinds(ana) == [])
        #expect(
            try await mentor.json("notification", "list")[0]["text"].string
                == "Ana cancelled the meeting with you on Wed 2026-06-03 10:00.")
    }

    @Test func workByBundleIsToldOnce() async throws {
        try await mentor.json("task", "add", "By stick", "--for", "Ana")
        let stick = programme.path("stick.bundle")
        try await mentor.json("bundle", "write", stick, "--for", "Ana")
        let taken = try await ana.json("bundle", "read", stick)
        #expect(taken["notifications"].int == 1)
        #expect(try await kinds(ana) == ["taskGiven"])
        #expect(try await ana.json("bundle", "read", stick)["notifications"].int == 0)
        let id = try await ana.json("notification", "list")[0]["id"].string
        try await ana.expect(.success, "notification", "read", try #require(id))
        try await mentor.sync()
        #expect(try await ana.json("sync")["notifications"].int == 0)
        #expect(try await kinds(ana) == [])
        let all = try await ana.json("notification", "list", "--all", "--kind", "taskGiven")
        #expect(all.items.map { $0["id"].string } == [id])
    }

    @Test func aConflictIsToldUntilItIsSettled() async throws {
        let task = try await ana.json("task", "add", "Plan")
        let id = try #require(task["id"].string)
        try await ana.sync()
        try await mentor.sync()
        try await mentor.json("task", "edit", id, "--title", "from the mentor")
        programme.pass(untilMilliseconds: programme.now + 60_000)
        try await ana.json("task", "edit", id, "--title", "from Ana")
        try await mentor.sync()
        try await ana.sync()
        try await mentor.sync()
        for home in [mentor, ana] {
            #expect(try await kinds(home) == ["conflict"])
        }
        let text = try await ana.json("notification", "list")[0]["text"].string
        #expect(text?.hasPrefix("You and Mara changed title of the task") == true)
        let conflict = try await mentor.json("conflict", "list")[0]["id"].string
        try await mentor.expect(.success, "notification", "read", "--all")
        #expect(try await kinds(mentor) == [])
        #expect(try await kinds(mentor, "--all").contains("conflict"))
        try await mentor.json(
            "conflict", "resolve", try #require(conflict), "--keep", "theirs")
        try await mentor.sync()
        try await ana.sync()
        #expect(try await kinds(ana) == [])
        #expect(try await !kinds(mentor, "--all").contains("conflict"))
    }

    @Test func statusAndSyncSaySo() async throws {
        try await mentor.json("task", "add", "Read", "--for", "Ana")
        try await mentor.sync()
        let sync = try await ana.expect(.success, "sync").output
        #expect(sync.contains("1 new thing for you; see waymark notification list"))
        let status = try await ana.expect(.success, "status").output
        #expect(status.contains("New for you"))
        #expect(status.contains("1  (waymark notification list)"))
        try await ana.expect(.success, "notification", "read", "--all")
        #expect(try await unread(ana) == 0)
        let empty = try await ana.expect(.success, "notification", "list")
        #expect(empty.errors.contains("There is nothing new."))
    }
}
