import Model
import Replica

/// What a mentor has to know at a glance: how each participant is, and what waits.
struct MentorDashboard {
    struct Participant {
        let member: MemberID
        let stage: String?
        let tasks: TaskCount
        let next: BookingOutlook?
        /// When the latest completed meeting began.
        let lastMeeting: Int64?
        /// When the hub last got something from one of their laptops, as far as is known here.
        let lastHeardOf: Int64?
    }

    let participants: [Participant]
    let meetings: MeetingCount
    let person: Person?

    init(in reader: ReplicaReader, now: Int64) throws {
        let oneself = reader.identity.member
        let outlooks = try reader.bookingOutlooks().filter { $0.mentor == oneself }
        let byParticipant = Dictionary(grouping: outlooks, by: \.participant)
        let tasks = Dictionary(
            grouping: try reader.records(of: Schema.task), by: \.scope.participant)
        participants = try reader.records(of: Schema.mentorship).compactMap { record in
            guard record[Fields.Mentorship.mentor].member == oneself,
                !record.isTrue(Fields.Mentorship.ended),
                let member = record[Fields.Mentorship.participant].member
            else { return nil }
            let meetings = byParticipant[member] ?? []
            return Participant(
                member: member, stage: record.text(Fields.Mentorship.stage),
                tasks: TaskCount(tasks[member] ?? [], now: now),
                next: meetings.first { $0.isAhead(of: now) },
                lastMeeting: meetings.filter { $0.ruled == .completed }.compactMap(\.start).max(),
                lastHeardOf: try reader.lastHeard(of: member))
        }
        meetings = MeetingCount(outlooks, now: now)
        person = try reader.person(oneself)
    }

    var json: JSONValue {
        [
            "role": "mentor", "sessions": meetings.json,
            "rating": [
                "average": JSONValue(person?.rating), "count": .int(person?.ratingCount ?? 0),
            ],
            "participants": .array(
                participants.map {
                    [
                        "participant": .string($0.member.text), "stage": JSONValue($0.stage),
                        "tasks": $0.tasks.json, "next": $0.next?.brief ?? .null,
                        "lastMeetingAt": .time($0.lastMeeting),
                        "lastHeardOfAt": .time($0.lastHeardOf),
                    ]
                }),
        ]
    }

    func facts(_ presentation: Presentation) -> [(label: String, text: TerminalText)] {
        [
            ("Meetings ahead", "\(meetings.ahead)"),
            (
                "Wait for you",
                meetings.waiting == 0
                    ? "" : "\("\(meetings.waiting)", .warning)  (waymark booking list)"
            ),
            ("Completed", "\(meetings.completed), missed \(meetings.missed)"),
            ("Rating", "\(person?.ratingText ?? "")"),
        ]
    }

    func table(_ presentation: Presentation) -> TextTable {
        var table = TextTable([
            "PARTICIPANT", "STAGE", "TASKS", "NEXT MEETING", "LAST MEETING", "LAST HEARD OF",
        ])
        for participant in participants {
            let tasks = participant.tasks
            var counts: TerminalText = "\(tasks.open) open"
            if tasks.overdue > 0 { counts.append(", \("\(tasks.overdue) overdue", .error)") }
            if tasks.submitted > 0 {
                counts.append(", \("\(tasks.submitted) to review", .warning)")
            }
            table.add([
                "\(presentation.name(participant.member))", "\(participant.stage ?? "")", counts,
                "\(participant.next?.start.map { presentation.time.string($0) } ?? "")",
                "\(presentation.ago(participant.lastMeeting))",
                "\(presentation.ago(participant.lastHeardOf))",
            ])
        }
        return table
    }
}

extension Presentation {
    /// `3 days ago`; `never` without an instant.
    func ago(_ instant: Int64?) -> String {
        instant.map { RelativeTime.string($0, now: now) } ?? "never"
    }
}

extension ReplicaReader {
    /// When the hub last got something from one of a member's laptops, as far as is known here.
    func lastHeard(of member: MemberID) throws -> Int64? {
        try devices(of: member).compactMap(\.lastSeenAt?.milliseconds).max()
    }
}
