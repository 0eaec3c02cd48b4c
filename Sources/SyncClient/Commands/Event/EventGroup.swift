import ArgumentParser

/// `waymark event`: one's own time, which is nobody else's business.
struct EventGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event", abstract: "Note what else you do, so that nobody books that time",
        discussion: "Nobody but you sees these; the hub only knows when you have no time.",
        subcommands: [
            EventAdd.self, EventList.self, EventShow.self, EventEdit.self, EventDelete.self,
        ])
}
