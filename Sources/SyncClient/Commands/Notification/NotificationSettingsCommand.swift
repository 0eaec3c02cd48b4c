import ArgumentParser
import Model
import Replica

struct NotificationSettingsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Show or choose how you want to hear of things",
        discussion: """
            Times are those of your own time zone. In quiet hours the hub sends no mail, and no \
            reminder appears on the screen unless the meeting begins before they end.
            """)

    @Option(
        help: ArgumentHelp(
            "How long before a meeting or a due task, as in 24h,1h,30m, or none",
            valueName: "durations"))
    var reminders: String?

    @Option(help: ArgumentHelp("As in 22:00-07:00, or none", valueName: "from-until"))
    var quiet: String?

    @Option(help: "Mail from the hub: none, daily, or prompt")
    var mail: MailPreference?

    @Option(help: ArgumentHelp("When the daily mail is sent, as in 07:00", valueName: "time"))
    var mailAt: String?

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        var values: [FieldID: Value] = [:]
        if let reminders {
            values[Fields.Settings.reminders] = .list(
                try NotificationInput.reminders(reminders).map { .integer($0) })
        }
        if let quiet {
            let hours = try NotificationInput.quiet(quiet)
            values[Fields.Settings.quietFrom] = hours.map { .integer($0.from) } ?? .null
            values[Fields.Settings.quietUntil] = hours.map { .integer($0.until) } ?? .null
        }
        if let mail { values[Fields.Settings.mail] = .integer(mail.rawValue) }
        if let mailAt {
            values[Fields.Settings.mailAt] = .integer(try NotificationInput.minute(mailAt))
        }
        if !values.isEmpty { try save(values, in: context) }
        let settings = NotificationSettings(
            try context.replica.read { try $0.settings()?.values })
        try context.output.write(json: Self.json(settings), text: Self.text(settings))
    }

    private func save(_ values: [FieldID: Value], in context: CommandContext) throws {
        try context.replica.act(
            "notification settings", at: context.now, isUndoable: false
        ) { action in
            let member = action.reader.identity.member
            guard try action.reader.settings() != nil else {
                try action.create(
                    Schema.settings, in: .own(member), id: member.recordID, values: values)
                return
            }
            for (field, value) in values.sorted(by: { $0.key < $1.key }) {
                try action.set(
                    field, of: member.recordID, Schema.settings, in: .own(member), to: value)
            }
        }
    }

    private static func json(_ settings: NotificationSettings) -> JSONValue {
        [
            "reminders": .array(settings.reminders.map { .string(duration($0)) }),
            "quiet": settings.quiet.map {
                [
                    "from": .string(NotificationInput.text(ofMinute: $0.from)),
                    "until": .string(NotificationInput.text(ofMinute: $0.until)),
                ]
            } ?? .null,
            "mail": .string(settings.mail.name),
            "mailAt": .string(NotificationInput.text(ofMinute: settings.mailAt)),
        ]
    }

    private static func text(_ settings: NotificationSettings) -> TerminalText {
        let reminders = settings.reminders.map { duration($0) }.joined(separator: ", ")
        let quiet = settings.quiet.map {
            "\(NotificationInput.text(ofMinute: $0.from))–\(NotificationInput.text(ofMinute: $0.until))"
        }
        let mailAt = NotificationInput.text(ofMinute: settings.mailAt)
        let mail: TerminalText =
            switch settings.mail {
            case .none: "none"
            case .daily: "one a day at \(mailAt)"
            case .prompt: "soon after something happened"
            }
        return Facts.text([
            ("Reminders", reminders.isEmpty ? "none" : "\(reminders) before"),
            ("Quiet", "\(quiet ?? "never")"), ("Mail", mail),
        ])
    }

    private static func duration(_ minutes: Int64) -> String {
        switch minutes {
        case _ where minutes % (24 * 60) == 0 && minutes > 24 * 60: "\(minutes / (24 * 60))d"
        case _ where minutes % 60 == 0: "\(minutes / 60)h"
        case _ where minutes > 60: "\(minutes / 60)h\(minutes % 60)m"
        default: "\(minutes)m"
        }
    }
}

extension MailPreference: ExpressibleByArgument {
    package init?(argument: String) { self.init(name: argument) }
    package static var allValueStrings: [String] { allCases.map(\.name) }
}
