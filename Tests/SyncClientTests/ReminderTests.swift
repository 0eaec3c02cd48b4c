import Foundation
import Model
import TestSupport
import Testing

@testable import SyncClient

/// When to be reminded of what, and `waymark notification remind` and `settings`.
@Suite struct ReminderTests {
    private static let hour: Int64 = 3_600_000
    private static let start: Int64 = 1_780_308_000_000

    private func meeting(at instant: Int64) -> Remindable {
        let record = RecordID(device: DeviceID(rawValue: 1), counter: 1)
        return Remindable(
            kind: .meeting, record: record, scope: .own(MemberID(record)), at: instant,
            end: instant + Self.hour, title: nil, other: nil)
    }

    @Test func eachReminderIsGivenOnceAndLateOnesAsOne() {
        let thing = meeting(at: Self.start)
        let offsets: [Int64] = [1_440, 60, 30]
        func due(_ minutesBefore: Int64, _ given: Set<Int64> = []) -> [Int64] {
            ReminderPlan.due(
                thing, offsets: offsets, given: given,
                now: Self.start - minutesBefore * 60_000)
        }
        #expect(due(1_441) == [])
        #expect(due(1_440) == [1_440])
        #expect(due(1_440, [1_440]) == [])
        #expect(due(60, [1_440]) == [60])
        #expect(due(10) == [1_440, 60, 30])
        #expect(due(10, [1_440, 60, 30]) == [])
        // It has begun and is not over.
        #expect(due(-59, [1_440]) == [60, 30])
        #expect(due(-60, [1_440]) == [])
        // Nothing is said after a later reminder was.
        #expect(due(45, [30]) == [])
        #expect(ReminderPlan.due(thing, offsets: [], given: [], now: Self.start) == [])
    }

    @Test func quietHoursHoldBackWhatCanWait() throws {
        let quiet = try #require(QuietHours(from: 22 * 60, until: 7 * 60))
        let clock = WallClock(timeZone: .gmt)
        let midnight = Self.start - 10 * Self.hour
        func waits(at hour: Int64, meeting start: Int64) -> Bool {
            ReminderPlan.waits(
                meeting(at: midnight + start * Self.hour), for: quiet,
                now: midnight + hour * Self.hour, clock: clock)
        }
        #expect(waits(at: 6, meeting: 30))
        #expect(waits(at: 23, meeting: 32))
        #expect(!waits(at: 23, meeting: 30))
        #expect(waits(at: 6, meeting: 7))
        #expect(!waits(at: 7, meeting: 30))
        #expect(!waits(at: 21, meeting: 30))
        #expect(
            !ReminderPlan.waits(
                meeting(at: Self.start), for: nil, now: midnight, clock: clock))
        #expect(quiet.minutesLeft(at: 23 * 60) == Int64(480))
        #expect(quiet.minutesLeft(at: 12 * 60) == nil)
    }

    @Test func settingsAreShownAndChosen() async throws {
        let programme = try CommandHarness()
        let ana = try await programme.home(of: "Ana", as: .participant)
        let standard = try await ana.json("notification", "settings")
        #expect(standard.keys == ["reminders", "quiet", "mail", "mailAt"])
        #expect(standard["reminders"].items.map(\.string) == ["24h", "1h", "30m"])
        #expect(standard["quiet"].isNull)
        #expect(standard["mail"].string == "daily")
        #expect(standard["mailAt"].string == "07:00")
        let chosen = try await ana.json(
            "notification", "settings", "--reminders", "10m,2d,1h30m", "--quiet",
            "22:00-07:30", "--mail", "prompt", "--mail-at", "6:15")
        #expect(chosen["reminders"].items.map(\.string) == ["2d", "1h30m", "10m"])
        #expect(chosen["quiet"]["from"].string == "22:00")
        #expect(chosen["quiet"]["until"].string == "07:30")
        #expect(chosen["mail"].string == "prompt")
        #expect(chosen["mailAt"].string == "06:15")
        let none = try await ana.json(
            "notification", "settings", "--reminders", "none", "--quiet", "none")
        #expect(none["reminders"].items.isEmpty)
        #expect(none["quiet"].isNull)
        #expect(none["mail"].string == "prompt")
        for wrong in [
            ["--reminders", "31d"], ["--reminders", "1h,"], ["--quiet", "22:00"],
            ["--quiet", "7:00-7:00"], ["--mail", "weekly"], ["--mail-at", "25:00"],
            ["--mail-at", "noon"],
            ["--reminders", "1m,2m,3m,4m,5m,6m,7m,8m,9m,10m,11m"],
        ] {
            #expect(await ana.run(["notification", "settings"] + wrong).status == 64)
        }
    }

    @Test func whatIsDueIsSaidOnceWithNoNetwork() async throws {
        let programme = try CommandHarness()
        let mentor = try await programme.home(of: "Mara", as: .mentor)
        let ana = try await programme.home(of: "Ana", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ana.member)
        try await mentor.sync()
        let slot = try await mentor.json("slot", "add", "2026-06-02 10:00", "--duration", "45m")
        let slotID = try #require(RecordID(text: slot["id"].string ?? ""))
        try await mentor.sync()
        try await ana.sync()
        let booking = try await ana.json("booking", "request", slotID.text, "--topic", "Plans")
        let id = try #require(RecordID(text: booking["id"].string ?? ""))
        try await ana.json("task", "add", "Read <b>", "--due", "2026-06-01 11:00")
        try await ana.sync()
        programme.hub.rule(
            on: id, act: id, in: .pair(mentor: mentor.member, participant: ana.member),
            state: .confirmed, slot: slotID)
        try await ana.sync()
        programme.transport.become(.cut)

        // A screen that notes what it was shown, once it can be reached.
        let folder = programme.path("bin")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let shown = programme.path("shown")
        let script = "#!/bin/sh\n[ -e '\(shown)' ] || exit 1\nprintf '%s|' \"$@\" >> '\(shown)'\n"
        try Data(script.utf8).write(to: URL(fileURLWithPath: folder + "/notify-send"))
        #expect(chmod(folder + "/notify-send", 0o755) == 0)
        programme.setEnvironment("PATH", "\(folder):/usr/bin:/bin")

        let failed = try await ana.json("notification", "remind", "--desktop")
        #expect(failed.items.isEmpty)
        #expect(FileManager.default.createFile(atPath: shown, contents: nil))
        let due = try await ana.json("notification", "remind", "--desktop")
        #expect(due.items.map { $0["kind"].string } == ["task", "meeting"])
        #expect(
            due[1]["text"].string
                == "Meeting: Plans: Tue 2026-06-02 10:00 (in 23 hours), with Mara"
                || due[1]["text"].string
                    == "Meeting: Plans: Tue 2026-06-02 10:00 (in 1 day), with Mara"
        )
        let text = try String(contentsOfFile: shown, encoding: .utf8)
        #expect(
            text.contains("--app-name=Waymark|--|Read <b>|due Mon 2026-06-01 11:00 (in 1 hour)"))
        #expect(try await ana.json("notification", "remind", "--desktop").items.isEmpty)
        #expect(try await ana.json("notification", "remind").items.isEmpty)
        // The laptop was off until five minutes before.
        programme.now += 24 * Self.hour - 300_000
        let late = try await ana.json("notification", "remind")
        #expect(late.items.map { $0["kind"].string } == ["task", "meeting"])
        #expect(late[0]["text"].string?.contains("was due Mon 2026-06-01 11:00") == true)
        #expect(try await ana.json("notification", "remind").items.isEmpty)
        // The mentor was never reminded and is once.
        try await mentor.expect(.success, "notification", "settings", "--reminders", "none")
        #expect(try await mentor.json("notification", "remind").items.isEmpty)
        // What was noted leaves a file that is sound.
        try await ana.expect(.success, "doctor")
    }

    @Test func theSystemIsAskedToAsk() async throws {
        let programme = try CommandHarness()
        let ana = try await programme.home(of: "Ana", as: .participant)
        programme.setEnvironment("HOME", programme.path("user"))
        programme.setEnvironment("PATH", programme.path("bin"))
        let cron = try await ana.json("notification", "remind", "--install")
        #expect(cron["installed"].bool == false)
        #expect(cron["cronLine"].string?.contains("notification remind --desktop") == true)
        try FileManager.default.createDirectory(
            atPath: programme.path("bin"), withIntermediateDirectories: true)
        let log = programme.path("log")
        let script = "#!/bin/sh\necho \"$@\" >> '\(log)'\n"
        let path = programme.path("bin/systemctl")
        try Data(script.utf8).write(to: URL(fileURLWithPath: path))
        #expect(chmod(path, 0o755) == 0)
        let timer = try await ana.json("notification", "remind", "--install")
        #expect(timer["installed"].bool == true)
        let name = try #require(timer["timer"].string)
        let units = programme.path("user/.config/systemd/user")
        let service = try String(
            contentsOfFile: "\(units)/\(name.dropLast(6)).service", encoding: .utf8)
        #expect(
            service.contains(
                "notification remind --desktop --home \"\(programme.home(of: "Ana"))\""))
        #expect(FileManager.default.fileExists(atPath: "\(units)/\(name)"))
        let calls = try String(contentsOfFile: log, encoding: .utf8)
        #expect(calls.contains("--user enable --now \(name)"))
        #expect(try await ana.json("notification", "remind", "--uninstall")["removed"].bool == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: units).isEmpty)
        #expect(
            try await ana.json("notification", "remind", "--uninstall")["removed"].bool == false)
    }

    @Test func pathsInUnitsMeanThemselves() {
        let timer = ReminderTimer(
            program: "/opt/a b/100%$x", home: "/home/o'b\"r", isDefaultHome: false)
        #expect(timer.name == "waymark-remind-_2fhome_2fo_27b_22r")
        #expect(
            timer.service.contains(
                "ExecStart=\"/opt/a b/100%%$$x\" notification remind --desktop --home \"/home/o'b\\\"r\"\n"
            ))
        let line = timer.cronLine(userID: 7)
        #expect(line.contains("unix:path=/run/user/7/bus '/opt/a b/100'\\%'$x' notification"))
        #expect(line.contains("--home '/home/o'\\''b\"r'"))
    }
}
