import ArgumentParser

/// `waymark task`: what a participant is to do.
struct TaskGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: "Give, do and review tasks",
        subcommands: [
            TaskAdd.self, TaskList.self, TaskShow.self, TaskEdit.self, TaskSubmit.self,
            TaskDone.self, TaskReopen.self, TaskDelete.self,
        ])
}
