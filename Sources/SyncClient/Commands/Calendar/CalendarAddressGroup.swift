import ArgumentParser

/// `waymark calendar address`: where a phone reads one's calendar.
struct CalendarAddressGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "address", abstract: "Let a phone read your calendar from the hub",
        subcommands: [
            CalendarAddressAdd.self, CalendarAddressList.self, CalendarAddressRevoke.self,
        ])
}
