import ArgumentParser

/// `waymark feedback`: what people say about meetings and tasks.
struct FeedbackGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback", abstract: "Rate a meeting, comment on a task",
        subcommands: [FeedbackGive.self, FeedbackOn.self, FeedbackList.self])
}
