import ArgumentParser

/// `waymark calendar`: one's meetings for other programs.
struct CalendarGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendar", abstract: "Take your meetings to other calendars",
        subcommands: [CalendarExport.self, CalendarAddressGroup.self])
}
