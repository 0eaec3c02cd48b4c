import Model
import Replica

/// A mentorship task as commands show it.
struct TaskView: EditedRecordView {
    let record: StoredRecord
    let author: MemberID?
    let conflictCount: Int?
    let version: String?

    var participant: MemberID? { record.scope.participant }

    /// A number of a later version shows as open: whatever it means, it is not known to be done.
    var status: TaskStatus {
        record.integer(Fields.Task.status).flatMap(TaskStatus.init(rawValue:)) ?? .open
    }

    var due: Int64? { record.integer(Fields.Task.due) }

    var json: JSONValue {
        [
            "id": .string(record.id.text), "title": JSONValue(record.text(Fields.Task.title)),
            "details": JSONValue(record.text(Fields.Task.details)),
            "status": .string(status.name), "due": .time(due),
            "for": JSONValue(participant?.text), "by": JSONValue(author?.text),
            "skill": JSONValue(record.text(Fields.Task.skill)),
            "review": .bool(record.isTrue(Fields.Task.review)),
            "note": JSONValue(record.text(Fields.Task.note)),
            "createdAt": .time(record.createdAt.milliseconds),
            "updatedAt": .time(record.updatedAt.milliseconds),
            "pending": .bool(record.isPending),
            "conflicts": conflictCount.map { JSONValue($0) } ?? .null,
        ]
    }

    func text(_ presentation: Presentation) -> TerminalText {
        var sheet = RecordSheet("\(record.text(Fields.Task.title) ?? "Task", .emphasis)")
        sheet.add("id", "\(record.id.text)")
        sheet.add("version", versionText(presentation))
        sheet.add("status", statusText)
        sheet.add("due", due.map { presentation.moment($0) })
        sheet.add("for", "\(presentation.name(participant))")
        sheet.add("by", "\(presentation.name(author))")
        sheet.add("skill", record.text(Fields.Task.skill).map { "\($0)" })
        if record.isTrue(Fields.Task.review) { sheet.add("review", "a mentor marks it done") }
        if isWaiting { sheet.add("sync", Presentation.unsent) }
        sheet.add("conflict", ConflictNotice.line(conflictCount ?? 0))
        sheet.addParagraph(record.text(Fields.Task.details))
        sheet.addParagraph(record.text(Fields.Task.note), label: "Note")
        return sheet.text
    }

    private var statusText: TerminalText {
        switch status {
        case .open: "open"
        case .submitted: "\("submitted", .warning)"
        case .done: "\("done", .success)"
        }
    }

    static func table(_ tasks: [TaskView], _ presentation: Presentation) -> TextTable {
        var table = TextTable(["ID", "STATUS", "DUE", "FOR", "TITLE"])
        for task in tasks {
            let isLate = task.status != .done && (task.due ?? .max) < presentation.now
            let due = task.due.map { presentation.time.string($0) } ?? ""
            table.add([
                "\(task.record.id.shortText, .faint)", task.statusText,
                isLate ? "\(due, .error)" : "\(due)", "\(presentation.name(task.participant))",
                "\(ConflictNotice.mark(task.conflictCount ?? 0))\(task.record.text(Fields.Task.title) ?? "")",
            ])
        }
        return table
    }
}
