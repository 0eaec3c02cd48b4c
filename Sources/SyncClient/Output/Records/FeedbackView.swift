import Model
import Replica

/// Feedback on a booking or on a task, as commands show it.
struct FeedbackView {
    let record: StoredRecord
    /// Who gave it; nil while their device is not known here.
    let author: MemberID?

    init(_ record: StoredRecord, in reader: ReplicaReader) throws {
        self.record = record
        author = try reader.author(of: record.id)
    }

    private var isOnTask: Bool { record.entity == Schema.taskFeedback.id }

    /// The booking or the task.
    var about: RecordID? {
        record.reference(isOnTask ? Fields.TaskFeedback.task : Fields.Feedback.booking)
    }

    var rating: Int64? { isOnTask ? nil : record.integer(Fields.Feedback.rating) }

    var comment: String? {
        record.text(isOnTask ? Fields.TaskFeedback.comment : Fields.Feedback.comment)
    }

    /// Names with their scores, in the order given.
    var scores: [(name: String, points: Int64)] {
        guard isOnTask else { return [] }
        return record.list(Fields.TaskFeedback.scores).compactMap { pair in
            guard let items = pair.list, items.count == 2, let name = items[0].text,
                let points = items[1].integer
            else { return nil }
            return (name, points)
        }
    }

    var json: JSONValue {
        [
            "id": .string(record.id.text), "about": JSONValue(about?.text),
            "kind": isOnTask ? "task" : "booking", "author": JSONValue(author?.text),
            "rating": JSONValue(rating),
            "scores": .object(
                scores.map { JSONValue.Member(key: $0.name, value: .int($0.points)) }),
            "comment": JSONValue(comment), "createdAt": .time(record.createdAt.milliseconds),
            "pending": .bool(record.isPending),
        ]
    }

    func text(_ presentation: Presentation) -> TerminalText {
        let kind = isOnTask ? "task" : "booking"
        var sheet = RecordSheet("Feedback on the \(kind) \(about?.shortText ?? "", .emphasis)")
        sheet.add("id", "\(record.id.text)")
        sheet.add("by", "\(presentation.name(author))")
        sheet.add("at", presentation.moment(record.createdAt.milliseconds))
        sheet.add("rating", rating.map { "\(Self.stars($0))" })
        for score in scores { sheet.add(score.name, "\(Self.stars(score.points))") }
        if record.isPending { sheet.add("sync", Presentation.unsent) }
        sheet.addParagraph(comment)
        return sheet.text
    }

    /// `4/5 ★★★★`.
    private static func stars(_ points: Int64) -> String {
        "\(points)/5 " + String(repeating: "★", count: Int(min(max(points, 0), 5)))
    }

    static func table(_ feedback: [FeedbackView], _ presentation: Presentation) -> TextTable {
        var table = TextTable(["ID", "ABOUT", "BY", "RATING", "COMMENT"])
        for item in feedback {
            let scores = item.scores.map { "\($0.name) \($0.points)" }.joined(separator: ", ")
            let about = "\(item.isOnTask ? "task" : "booking") \(item.about?.shortText ?? "")"
            table.add([
                "\(item.record.id.shortText, .faint)", "\(about)",
                "\(presentation.name(item.author))", "\(item.rating.map { "\($0)/5" } ?? scores)",
                "\(TerminalText.flattened(item.comment ?? ""))",
            ])
        }
        return table
    }
}
