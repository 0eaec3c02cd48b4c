import Model
import Replica

/// What a participant has to know at a glance: what to do next, when to meet, how far they are.
struct ParticipantDashboard {
    /// How many of the tasks are named.
    private static let tasksNamed = 5

    let tasks: TaskCount
    /// The most urgent ones that are open.
    let nextTasks: [StoredRecord]
    let meetings: MeetingCount
    let next: BookingOutlook?
    /// With whom and how far.
    let mentorships: [(mentor: MemberID?, stage: String?)]

    init(in reader: ReplicaReader, now: Int64) throws {
        let oneself = reader.identity.member
        let all = try reader.records(
            of: Schema.task, where: [.scope(.participant(oneself))],
            orderedBy: Fields.Task.due, isMissingLast: true)
        tasks = TaskCount(all, now: now)
        nextTasks = Array(
            all.filter { $0.integer(Fields.Task.status) == TaskStatus.open.rawValue }
                .prefix(Self.tasksNamed))
        let outlooks = try reader.bookingOutlooks().filter { $0.participant == oneself }
        meetings = MeetingCount(outlooks, now: now)
        next = outlooks.first { $0.isAhead(of: now) }
        mentorships = try reader.records(of: Schema.mentorship).compactMap { record in
            guard record[Fields.Mentorship.participant].member == oneself,
                !record.isTrue(Fields.Mentorship.ended)
            else { return nil }
            return (record[Fields.Mentorship.mentor].member, record.text(Fields.Mentorship.stage))
        }
    }

    private var progress: Share { Share(part: Double(tasks.done), whole: Double(tasks.all)) }

    var json: JSONValue {
        [
            "role": "participant", "sessions": meetings.json, "tasks": tasks.json,
            "progressPercent": progress.percent.map { JSONValue($0) } ?? .null,
            "next": next?.brief ?? .null,
            "nextTasks": .array(
                nextTasks.map {
                    [
                        "id": .string($0.id.text), "title": JSONValue($0.text(Fields.Task.title)),
                        "due": .time($0.integer(Fields.Task.due)),
                    ]
                }),
            "mentors": .array(
                mentorships.map {
                    ["mentor": JSONValue($0.mentor?.text), "stage": JSONValue($0.stage)]
                }),
        ]
    }

    func facts(_ presentation: Presentation) -> [(label: String, text: TerminalText)] {
        var facts: [(label: String, text: TerminalText)] = mentorships.map { mentorship in
            let stage = mentorship.stage.map { " (\($0))" } ?? ""
            return ("Mentor", "\(presentation.name(mentorship.mentor))\(stage)")
        }
        if let next, let start = next.start {
            let topic = next.booking.text(Fields.Booking.topic).map { ", \($0)" } ?? ""
            facts.append(
                (
                    "Next meeting",
                    "\(presentation.moment(start)) with \(presentation.name(next.mentor))\(topic)"
                ))
        } else {
            facts.append(("Next meeting", "none yet  (waymark mentor search)"))
        }
        facts += [
            ("Meetings", "\(meetings.completed) completed, \(meetings.ahead) ahead"),
            ("Tasks done", tasks.all == 0 ? "none given yet" : progress.text),
            ("Overdue", tasks.overdue == 0 ? "" : "\("\(tasks.overdue)", .error)"),
        ]
        return facts
    }

    func table(_ presentation: Presentation) -> TextTable {
        var table = TextTable(["NEXT TASKS", "DUE", "ID"])
        for task in nextTasks {
            table.add([
                "\(task.text(Fields.Task.title) ?? "Task")",
                task.integer(Fields.Task.due).map { presentation.moment($0) } ?? "",
                "\(task.id.shortText, .faint)",
            ])
        }
        return table
    }
}
