import ArgumentParser

/// `waymark notification`: what one has to know.
struct NotificationGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notification",
        abstract: "See what is new for you, and be reminded of what is due",
        subcommands: [
            NotificationList.self, NotificationRead.self, NotificationRemind.self,
            NotificationSettingsCommand.self,
        ])
}
