import Model
import Replica
import TestSupport
import Testing

@testable import SyncClient

/// How things stand, for each role from its own replica.
@Suite struct DashboardCommandTests {
    private let programme: CommandHarness
    private let admin: MemberHome
    private let mentor: MemberHome
    private let ana: MemberHome
    private let slots: [String]

    /// A mentor with three hours offered of which one is booked, and a participant with tasks.
    init() async throws {
        programme = try CommandHarness()
        admin = try await programme.home(of: "Ada", as: .admin)
        mentor = try await programme.home(of: "Mara", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ana.member)
        try await mentor.sync()
        let mentorships = try await mentor.json("mentorship", "list")
        try await mentor.json(
            "mentorship", "stage", try #require(mentorships[0]["id"].string), "begun")
        var slots: [String] = []
        for day in 1...3 {
            let slot = try await mentor.json("slot", "add", "+\(day)d", "--duration", "1h")
            slots.append(slot["id"].string ?? "")
        }
        self.slots = slots
        for (title, due) in [("Late", "-1d"), ("Read", "+5d"), ("Write", "+9d")] {
            try await mentor.json("task", "add", title, "--for", "Ana", "--due", due)
        }
        try await mentor.sync()
        try await ana.sync()
    }

    /// Books the first slot, on which the hub rules.
    private func book(_ state: BookingState) async throws -> RecordID {
        let booking = try await ana.json("booking", "request", slots[0], "--topic", "Plans")
        let id = try #require(booking["id"].string.flatMap { RecordID(text: $0) })
        try await ana.sync()
        programme.hub.rule(
            on: id, act: id, in: .pair(mentor: mentor.member, participant: ana.member),
            state: state, slot: RecordID(text: slots[0]))
        for home in [ana, mentor, admin] { try await home.sync() }
        return id
    }

    @Test func mentorSeesEachParticipant() async throws {
        let id = try await book(.confirmed)
        let board = try await mentor.json("dashboard")
        #expect(board["role"].string == "mentor")
        #expect(board["sessions"]["ahead"].int == 1)
        let row = board["participants"][0]
        #expect(row["participant"].string == ana.member.text)
        #expect(row["stage"].string == "begun")
        #expect(row["tasks"]["open"].int == 3)
        #expect(row["tasks"]["overdue"].int == 1)
        #expect(row["next"]["booking"].string == id.text)
        #expect(row["lastMeetingAt"].isNull)
        #expect(row["lastHeardOfAt"].string != nil)
        let text = try await mentor.expect(.success, "dashboard").output
        #expect(text.contains("3 open, 1 overdue"))
        #expect(text.contains("begun"))
    }

    @Test func requestsThatWaitAreCounted() async throws {
        _ = try await book(.held)
        let board = try await mentor.json("dashboard")
        #expect(board["sessions"]["waiting"].int == 1)
        #expect(board["participants"][0]["next"].isNull)
        let text = try await mentor.expect(.success, "dashboard").output
        #expect(text.contains("waymark booking list"))
    }

    @Test func participantSeesWhatIsNext() async throws {
        let empty = try await ana.expect(.success, "dashboard").output
        #expect(empty.contains("waymark mentor search"))
        let id = try await book(.confirmed)
        let task = try await ana.json("task", "list")
        try await ana.json("task", "done", try #require(task[1]["id"].string))
        let board = try await ana.json("dashboard")
        #expect(board["role"].string == "participant")
        #expect(board["tasks"]["done"].int == 1)
        #expect(board["progressPercent"].int == 33)
        #expect(board["next"]["booking"].string == id.text)
        #expect(board["nextTasks"].items.map { $0["title"].string } == ["Late", "Write"])
        #expect(board["mentors"][0]["stage"].string == "begun")
        let text = try await ana.expect(.success, "dashboard").output
        #expect(text.contains("33 %"))
        #expect(text.contains("with Mara, Plans"))
    }

    /// A hub that is faulty says anything, and everybody has it in their replica.
    @Test func numbersThatNoHubWouldSayAreShown() async throws {
        let scope = Scope.slots(of: mentor.member)
        let strange: [(FieldID, Int64)] = [
            (Fields.Slot.minutes, .max), (Fields.Slot.minutes, .min),
            (Fields.Slot.capacity, .min), (Fields.Slot.taken, .min), (Fields.Slot.taken, .max),
            (Fields.Slot.notice, .max), (Fields.Slot.bufferBefore, .min),
            (Fields.Slot.decideAt, .min),
        ]
        var ids: [RecordID] = []
        for (field, number) in strange {
            var values: [FieldID: Value] = [
                Fields.Slot.start: .integer(programme.now + 3_600_000),
                Fields.Slot.minutes: .integer(30), Fields.Slot.capacity: .integer(5),
                Fields.Slot.taken: .integer(1),
            ]
            values[field] = .integer(number)
            ids.append(programme.hub.create(Schema.slot, in: scope, values: values))
        }
        let booking = try await book(.confirmed)
        for id in ids {
            programme.hub.rule(
                on: booking, act: nil, in: .pair(mentor: mentor.member, participant: ana.member),
                state: .confirmed, slot: id)
        }
        for home in [mentor, ana] {
            programme.hub.set(
                Fields.Profile.ratingSum, of: home.member.recordID, Schema.profile,
                in: .programme, to: .integer(.max))
            programme.hub.set(
                Fields.Profile.ratingCount, of: home.member.recordID, Schema.profile,
                in: .programme, to: .integer(.max / 2 + 2))
        }
        for home in [admin, mentor, ana] {
            try await home.sync()
            for command in [
                ["dashboard"], ["slot", "list"], ["slot", "list", "--free"],
                ["booking", "list"], ["booking", "show", booking.text], ["agenda"],
                ["member", "list"], ["notification", "remind"],
            ] {
                let result = await home.run(command)
                #expect([0, 1, 77].contains(result.status), "\(command) \(result)")
                let json = await home.run(command + ["--json"])
                #expect([0, 1, 77].contains(json.status), "\(command) \(json)")
            }
        }
    }

    @Test func adminSeesTheProgramme() async throws {
        _ = try await book(.confirmed)
        programme.hub.set(
            Fields.Slot.taken, of: try #require(RecordID(text: slots[0])), Schema.slot,
            in: .slots(of: mentor.member), to: .integer(1))
        for home in [mentor, admin] { try await home.sync() }
        let board = try await admin.json("dashboard")
        #expect(board["role"].string == "admin")
        #expect(board["members"].items.map { $0["active"].int } == [1, 1, 1])
        #expect(board["sessions"]["ahead"].int == 1)
        #expect(board["rating"]["average"].isNull)
        #expect(board["utilisation"]["offeredHours"].int == 3)
        #expect(board["utilisation"]["percent"].int == 33)
        #expect(board["mentors"][0]["name"].string == "Mara")
        let text = try await admin.expect(.success, "dashboard").output
        #expect(text.contains("1 mentor"))
        #expect(text.contains("] 33 %"))
        // After a month without a word from her laptop.
        programme.pass(untilMilliseconds: programme.now + 30 * 86_400_000)
        try await mentor.json("slot", "add", "+1d", "--duration", "1h")
        try await mentor.sync()
        try await admin.sync()
        let later = try await admin.json("dashboard")
        #expect(later["silent"].items.map { $0["member"].string } == [ana.member.text])
        let shown = try await admin.expect(.success, "dashboard").output
        #expect(shown.contains("Ana (4 weeks ago)"), "\(shown)")
    }
}
