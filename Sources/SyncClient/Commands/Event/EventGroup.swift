import ArgumentParser

/// `waymark event`: one's own time, which is nobody else's business.
struct EventGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event", abstract: "Note what else you do, so that nobody books that time",
        discussion: """
            No other member sees these, only that you have no time. An admin of the hub could \
            read them: they are not encrypted yet.
            """,
        subcommands: [
            EventAdd.self, EventList.self, EventShow.self, EventEdit.self, EventDelete.self,
        ])
}
