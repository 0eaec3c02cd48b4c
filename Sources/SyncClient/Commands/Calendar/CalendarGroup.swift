import ArgumentParser

/// `waymark calendar`: one's meetings for other programs, and events from them.
struct CalendarGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendar",
        abstract: "Take your meetings to other calendars, and events from them",
        subcommands: [CalendarExport.self, CalendarImport.self, CalendarAddressGroup.self])
}
