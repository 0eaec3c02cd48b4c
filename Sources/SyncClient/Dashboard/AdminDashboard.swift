import Model
import Replica

/// What an admin has to know at a glance: how the programme is going, and who has fallen silent.
struct AdminDashboard {
    /// Of how many days before and after now the offered hours count.
    static let utilisationDays: Int64 = 28
    /// After how many days without a sign somebody is silent.
    static let silentDays: Int64 = 14
    private static let namedMax = 5

    struct Mentor {
        let person: Person
        /// Hours that were taken, of those that were offered.
        let hours: Share
    }

    let counts: [(role: Role, active: Int, suspended: Int)]
    let meetings: MeetingCount
    /// Over all mentors.
    let ratingSum: Int64
    let ratingCount: Int64
    let hours: Share
    /// All, the best rated first, then those with the most sessions.
    let mentors: [Mentor]
    /// Those who have not been heard of for long, the longest first.
    let silent: [(member: MemberID, lastHeardOf: Int64?)]

    init(in reader: ReplicaReader, now: Int64) throws {
        let people = try reader.people()
        counts = Role.allCases.map { role in
            let some = people.filter { $0.role == role }
            return (
                role, some.count { $0.state == .active }, some.count { $0.state == .suspended }
            )
        }
        meetings = MeetingCount(try reader.bookingOutlooks(), now: now)
        ratingSum = people.reduce(0) { $0.adding(clamped: $1.ratingSum) }
        ratingCount = people.reduce(0) { $0.adding(clamped: $1.ratingCount) }
        let span = Self.utilisationDays * 86_400_000
        let slots = try reader.records(
            of: Schema.slot,
            where: [
                .atLeast(Fields.Slot.start, .integer(now.subtracting(clamped: span))),
                .less(Fields.Slot.start, .integer(now.adding(clamped: span))),
            ]
        ).map { SlotView($0, now: now) }.filter { $0.state != .withdrawn }
        let byMentor = Dictionary(grouping: slots, by: \.mentor)
        hours = Self.hours(slots)
        mentors = people.filter { $0.role == .mentor && $0.state == .active }
            .map { Mentor(person: $0, hours: Self.hours(byMentor[$0.id] ?? [])) }
            .sorted { left, right in
                let (one, other) = (left.person, right.person)
                return (-(one.rating ?? 0), -one.sessions, one.displayName)
                    < (-(other.rating ?? 0), -other.sessions, other.displayName)
            }
        let limit = now.subtracting(clamped: Self.silentDays * 86_400_000)
        let oneself = reader.identity.member
        silent = try people.filter { $0.state == .active && $0.id != oneself }
            .map { ($0.id, try reader.lastHeard(of: $0.id)) }
            .filter { $0.1 ?? .min < limit }
            .sorted { ($0.1 ?? .min, $0.0) < ($1.1 ?? .min, $1.0) }
    }

    private static func hours(_ slots: [SlotView]) -> Share {
        Share(
            part: slots.reduce(0) { sum, slot in
                let taken = Double(min(slot.taken, slot.capacity)) / Double(max(1, slot.capacity))
                return sum + taken * Double(slot.minutes) / 60
            }, whole: slots.reduce(0) { $0 + Double($1.minutes) / 60 })
    }

    private var rating: Double? {
        Person.rating(sum: ratingSum, count: ratingCount)
    }

    var json: JSONValue {
        [
            "role": "admin",
            "members": .array(
                counts.map {
                    [
                        "role": .string($0.role.name), "active": JSONValue($0.active),
                        "suspended": JSONValue($0.suspended),
                    ]
                }),
            "sessions": meetings.json,
            "rating": ["average": JSONValue(rating), "count": .int(ratingCount)],
            "utilisation": Self.json(hours),
            "mentors": .array(
                mentors.map {
                    [
                        "mentor": .string($0.person.id.text), "name": JSONValue($0.person.name),
                        "sessions": .int($0.person.sessions),
                        "rating": [
                            "average": JSONValue($0.person.rating),
                            "count": .int($0.person.ratingCount),
                        ], "utilisation": Self.json($0.hours),
                    ]
                }),
            "silent": .array(
                silent.map {
                    ["member": .string($0.member.text), "lastHeardOfAt": .time($0.lastHeardOf)]
                }),
        ]
    }

    private static func json(_ hours: Share) -> JSONValue {
        [
            "offeredHours": .double(hours.whole), "takenHours": .double(hours.part),
            "percent": hours.percent.map { JSONValue($0) } ?? .null,
        ]
    }

    func facts(_ presentation: Presentation) -> [(label: String, text: TerminalText)] {
        let members = counts.map { count in
            let suspended = count.suspended > 0 ? " (and \(count.suspended) suspended)" : ""
            return "\(SyncSummary.counted(count.active, count.role.name))\(suspended)"
        }.joined(separator: ", ")
        let names = silent.prefix(Self.namedMax).map { silent in
            "\(presentation.name(silent.member)) (\(presentation.ago(silent.lastHeardOf)))"
        }
        let more = silent.count > names.count ? " and \(silent.count - names.count) more" : ""
        let tenths = rating.map { Int(($0 * 10).rounded()) }
        let average = tenths.map { "\($0 / 10).\($0 % 10) of 5 (\(ratingCount))" }
        return [
            ("Members", "\(members)"),
            (
                "Meetings",
                """
                \(meetings.completed) completed, \(meetings.missed) missed, \(meetings.ahead) \
                ahead, \(meetings.waiting) waiting
                """
            ),
            ("Rating", "\(average ?? "none yet")"),
            ("Hours taken", hours.text),
            (
                "Not heard of",
                silent.isEmpty ? "" : "\(names.joined(separator: ", ") + more, .warning)"
            ),
        ]
    }

    func table(_ presentation: Presentation) -> TextTable {
        var table = TextTable([
            "MENTOR", "RATING", TextTable.Column("SESSIONS", .trailing), "HOURS TAKEN",
        ])
        for mentor in mentors {
            table.add([
                "\(mentor.person.displayName)", "\(mentor.person.ratingText)",
                "\(mentor.person.sessions)", mentor.hours.text,
            ])
        }
        return table
    }
}
