import ArgumentParser
import Foundation
import Model
import Replica

struct CalendarImport: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take the events of an iCalendar file (.ics) into your own",
        discussion: """
            Events that come again are taken in one by one, from thirty days ago until in a year \
            unless you say otherwise. Importing the file again adds nothing: it changes what the \
            file has changed since and deletes what was cancelled in it. What you have changed \
            yourself stays. What cannot be read is listed. All-day events, and times without a \
            zone, are by the clock on your wall.
            """)

    /// Many years of appointments, with the files that people attach to them.
    private static let fileBytesMax = 128 * 1024 * 1024
    private static let daysBefore = 30
    private static let daysAfter = 365
    /// Zones and rules are followed no further.
    private static let daysMax = 366 * 10

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The file; - reads standard input")
    var file: String

    @Option(help: "The first day of which events are taken; thirty days ago by default")
    var from: String?

    @Option(help: "The last such day; in a year by default")
    var until: String?

    /// The days that are asked for, and the time that they take.
    private struct Window {
        let first: CalendarDay
        let last: CalendarDay
        let time: Range<Int64>
    }

    func run(in context: CommandContext) async throws {
        let home = WallClock(timeZone: try context.timeZone)
        let window = try window(home, in: context)
        let data = try ImportFile.read(file, byteCountMax: Self.fileBytesMax, in: context)
        let content = CalendarFile(data)
        guard content.isCalendar else {
            throw CommandFailure(
                .badData, code: "noCalendar",
                "The file \(InputFailure.quoted(file)) is no calendar.",
                hint: "Calendar programs export such files as iCalendar, with the ending .ics.")
        }
        guard !content.isTooLong else {
            throw CommandFailure(
                .badData, code: "tooLarge",
                "The file has more than \(CalendarFile.entriesMax) events or "
                    + "\(CalendarFile.linesMax) lines.",
                hint: "Export only a part of the calendar.")
        }
        let found = CalendarContent(content, in: window.time, home: home)
        try check(found)
        let plan = try await context.output.withProgress("Importing") { bar in
            try perform(found.series, window.time, in: context) { bar.update($0, of: $1) }
        }
        try report(plan, found, content.othersCount, window, in: context)
        if !plan.steps.isEmpty { try warnOfMeetings(found, in: context) }
    }

    /// What is booked already stays; whoever has something else at that time should know.
    private func warnOfMeetings(_ found: CalendarContent, in context: CommandContext) throws {
        let shown = 5
        let meetings = try context.replica.read { reader in
            let times = try found.series.filter { try !isOwnMeeting($0.uid, in: reader) }
                .flatMap(\.occurrences).filter { !$0.isFree && $0.start < $0.end }
                .map { $0.start..<$0.end }
            return try MeetingOverlap.meetings(in: times, reader)
        }
        guard !meetings.isEmpty else { return }
        let ids = meetings.prefix(shown).map(\.booking.id.shortText).joined(separator: ", ")
        let more = meetings.count > shown ? " and \(meetings.count - shown) more" : ""
        context.output.warn(
            "You have meetings in the time of some of it, which stay: \(ids)\(more); move them or "
                + "cancel them.")
    }

    private func window(_ home: WallClock, in context: CommandContext) throws -> Window {
        let input = try context.dateInput
        let today = try input.today()
        let first = try from.map { try input.parseDay($0) } ?? today.adding(days: -Self.daysBefore)
        let last = try until.map { try input.parseDay($0) } ?? today.adding(days: Self.daysAfter)
        guard let first, let last, let start = home.instant(of: first),
            let end = last.adding(days: 1).flatMap({ home.instant(of: $0) })
        else { throw InputFailure.dateOutOfRange(until ?? from ?? "today") }
        guard start < end else {
            throw CommandFailure(
                .usage, code: "invalidDate", "\(last.text) lies before \(first.text).",
                hint: "--until takes the last day whose events are wanted.")
        }
        guard last.daysSince1970 - first.daysSince1970 <= Self.daysMax else {
            throw CommandFailure(
                .usage, code: "invalidDate",
                "More than ten years lie between \(first.text) and \(last.text).",
                hint: "Import them in several steps.")
        }
        return Window(first: first, last: last, time: start..<end)
    }

    private func check(_ found: CalendarContent) throws {
        guard !found.isTooMuch else {
            throw CommandFailure(
                .badData, code: "tooMany",
                "The file has more than \(CalendarContent.occurrencesMax) events in that time.",
                hint: "Choose a shorter time with --from and --until.")
        }
        let isOfUse = found.series.contains {
            $0.isWhole || !$0.occurrences.isEmpty || !$0.cancelled.isEmpty
        }
        guard isOfUse || found.failures.isEmpty else {
            throw CommandFailure(
                .badData, code: "unreadableFile",
                "Nothing in \(InputFailure.quoted(file)) could be read as an event.",
                hint: "Line \(found.failures[0].line): \(found.failures[0].reason)")
        }
    }

    private func perform(
        _ series: [CalendarSeries], _ window: Range<Int64>, in context: CommandContext,
        progress: (_ done: Int64, _ total: Int64) -> Void
    ) throws -> EventImportPlan {
        try context.replica.act("calendar import", at: context.now) { action in
            let reader = action.reader
            let scope = Scope.own(reader.identity.member)
            let wanted = try series.filter { try !isOwnMeeting($0.uid, in: reader) }
            let plan = EventImportPlan(
                wanted, in: window,
                records: try reader.records(of: Schema.personalEvent, where: [.scope(scope)]),
                conflicts: Set(try reader.fieldsInConflictCounts(of: Schema.personalEvent.id).keys))
            for (index, step) in plan.steps.enumerated() {
                try perform(step, in: scope, &action)
                // Each event is a change set of its own, so that the hub decides on it alone.
                try action.endSet()
                progress(Int64(index + 1), Int64(plan.steps.count))
            }
            return plan
        }
    }

    /// Whether it is a meeting that this replica has, from `calendar export` or the hub's address.
    private func isOwnMeeting(_ uid: String, in reader: ReplicaReader) throws -> Bool {
        let ending = "@" + MemberCalendar.domain(of: reader)
        guard uid.hasSuffix(ending), let id = RecordID(text: String(uid.dropLast(ending.count)))
        else { return false }
        return try reader.record(id, of: Schema.booking) != nil
    }

    private func perform(
        _ step: EventImportPlan.Step, in scope: Scope, _ action: inout Action
    ) throws {
        switch step {
        case .create(let key, let event, let state):
            var values = [
                Fields.PersonalEvent.importKey: key.value,
                Fields.PersonalEvent.importState: state.value,
            ]
            for part in ImportedEvent.Part.allCases {
                for (field, value) in event.values(of: part) { values[field] = value }
            }
            try action.create(Schema.personalEvent, in: scope, values: values)
        case .update(let record, let values):
            for (field, value) in values { try action.set(field, of: record, to: value) }
        case .delete(let record):
            action.delete(record.id, Schema.personalEvent, in: record.scope)
        }
    }

    private func report(
        _ plan: EventImportPlan, _ found: CalendarContent, _ others: Int, _ window: Window,
        in context: CommandContext
    ) throws {
        let output = context.output
        let failed = found.failures.map { ($0.line, $0.reason) }
        let notes = found.notes.map { ($0.line, $0.reason) }
        let time = "\(window.first.text) to \(window.last.text)"
        try output.write(
            json: [
                "imported": JSONValue(plan.imported), "updated": JSONValue(plan.updated),
                "deleted": JSONValue(plan.deleted), "skipped": JSONValue(plan.skipped),
                "kept": JSONValue(plan.kept), "from": .string(window.first.text),
                "until": .string(window.last.text), "elsewhere": JSONValue(found.elsewhereCount),
                "others": JSONValue(others), "failedCount": JSONValue(found.failureCount),
                "failed": ImportFile.json(failed), "notes": ImportFile.json(notes),
            ],
            text: """
                Of \(time): imported \(SyncSummary.counted(plan.imported, "event")), changed \
                \(plan.updated), deleted \(plan.deleted), skipped \(plan.skipped) that were there \
                already
                """)
        if plan.kept > 0 {
            output.writeError("Different in the file, and left as you have them: \(plan.kept)")
        }
        if found.elsewhereCount > 0 {
            output.writeError(
                "Before or after that time, and left out: \(found.elsewhereCount); take them with "
                    + "--from and --until")
        }
        if others > 0 {
            output.writeError("Tasks and other things that are no events, left out: \(others)")
        }
        if plan.imported > 0 {
            output.writeError(
                "Note: An admin of the hub could read your events; they are not encrypted yet.")
        }
        ImportFile.warn(
            "Some of it was read in another way than it is written:", of: notes, in: context)
        ImportFile.warn(
            "What could not be read, \(SyncSummary.counted(found.failureCount, "place")):",
            of: failed, in: context)
    }
}
