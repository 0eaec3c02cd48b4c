import ArgumentParser
import Foundation
import Model
import Wire

/// `waymark`: the command line of a member.
@main
struct SyncClient: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waymark",
        abstract: "Take part in a mentoring programme, with or without a network",
        discussion: """
            Everything works on this computer's own copy; only join and sync talk to the hub. \
            Ids can be shortened to their first characters, at least four.
            """,
        version: "waymark \(BuildVersion.text) (protocol \(WireFormat.protocolVersion))",
        groupedSubcommands: [
            CommandGroup(
                name: "Getting started",
                subcommands: [JoinCommand.self, WhoamiCommand.self, ProfileGroup.self]),
            CommandGroup(
                name: "Work",
                subcommands: [
                    DashboardCommand.self, AgendaCommand.self, TaskGroup.self, JournalGroup.self,
                    OfferGroup.self,
                    SlotGroup.self, BookingGroup.self, FeedbackGroup.self, EventGroup.self,
                    CalendarGroup.self, NotificationGroup.self,
                ]),
            CommandGroup(
                name: "People",
                subcommands: [
                    MemberGroup.self, MentorGroup.self, TopicGroup.self, MentorshipGroup.self,
                    InviteGroup.self, DeviceGroup.self,
                ]),
            CommandGroup(
                name: "Changes",
                subcommands: [
                    SyncCommand.self, BundleGroup.self, StatusCommand.self, ConflictGroup.self,
                    RejectedGroup.self, HistoryCommand.self, UndoCommand.self, EraseCommand.self,
                ]),
            CommandGroup(
                name: "This copy",
                subcommands: [ExportCommand.self, DoctorCommand.self, CompletionsCommand.self]),
        ])

    static func main() async {
        // The replica holds what is for its member's eyes only.
        umask(0o077)
        let surroundings = Surroundings.process(now: {
            ClaimedTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        })
        // The strings of CommandLine.arguments are repaired where they are not valid UTF-8.
        let words = (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            CommandLine.unsafeArgv[index].map { word in
                UnsafeBufferPointer(start: word, count: strlen(word)).map { UInt8(bitPattern: $0) }
            }
        }
        Foundation.exit(await CommandRunner.run(bytes: words, in: surroundings))
    }
}

/// What `--version` names.
enum BuildVersion {
    static let text = "0.1.0"
}
