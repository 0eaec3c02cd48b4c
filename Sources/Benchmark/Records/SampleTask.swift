import Model
import TestSupport

/// A task with four fields, as people write them.
struct SampleTask {
    let title: String
    let status: Int64
    let due: Int64
    let skill: String

    private static let verbs = ["Read", "Write", "Call", "Plan", "Practise", "Review", "Send"]
    private static let objects = [
        "one chapter of the book", "a letter of motivation", "the head of the workshop",
        "the next four weeks", "asking open questions", "the first draft", "the signed form",
    ]
    private static let skills = ["writing", "listening", "planning", "welding", "accounting"]

    /// The same tasks in every run.
    static func samples(_ count: Int) -> [SampleTask] {
        var seed = Seed(7)
        return (0..<count).map { index in
            SampleTask(
                title: "\(seed.pick(verbs)) \(seed.pick(objects)) (\(index))",
                status: 1, due: 1_800_000_000_000 + Int64(seed.below(90)) * 86_400_000,
                skill: seed.pick(skills))
        }
    }

    var values: [FieldID: Value] {
        [
            Fields.Task.title: .text(title), Fields.Task.status: .integer(status),
            Fields.Task.due: .integer(due), Fields.Task.skill: .text(skill),
        ]
    }
}
