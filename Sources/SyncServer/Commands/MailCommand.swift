import ArgumentParser
import Foundation
import Model

struct MailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Tell members by mail what is new for them",
        discussion: """
            Mail goes out through the sendmail command of this computer while the hub is served. \
            Each member chooses with waymark notification settings what they get; without a word \
            it is one mail a day. Mails name kinds of news, people and times, never what was written.
            """,
        subcommands: [Status.self, SetUp.self, Off.self, TestMail.self],
        defaultSubcommand: Status.self)

    struct SetUp: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Send mail from now on",
            discussion: "What happened before is not told.")

        @OptionGroup var options: HubOptions

        @Option(help: ArgumentHelp("Who sends it", valueName: "address"))
        var from: String

        @Option(help: ArgumentHelp("The sendmail command", valueName: "path"))
        var sendmail = "/usr/sbin/sendmail"

        func run() throws {
            guard let address = MailAddress(from) else { throw MailCommand.noAddress(from) }
            guard sendmail.hasPrefix("/"), FileManager.default.isExecutableFile(atPath: sendmail)
            else {
                throw HubError(
                    .usage, "There is no program \(sendmail).",
                    hint: "Install postfix, msmtp-mta or another mail system, or name its sendmail "
                        + "command with --sendmail.")
            }
            let hub = try Hub.open(options.folder)
            try hub.set(mail: .init(from: address, program: sendmail))
            let document = MailDocument(try hub.mailStatus())
            try options.output.write(
                document,
                text: "The hub sends mail from \(address.text) while it is served.\n"
                    + "Try it with: waymark-hub mail test ADDRESS --data \(options.data)")
        }
    }

    struct Off: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "off", abstract: "Send no mail any more")

        @OptionGroup var options: HubOptions

        func run() throws {
            let hub = try Hub.open(options.folder)
            try hub.set(mail: nil)
            try options.output.write(
                MailDocument(try hub.mailStatus()), text: "The hub sends no mail any more.")
        }
    }

    struct TestMail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test", abstract: "Send one mail now, to see whether it arrives")

        @OptionGroup var options: HubOptions

        @Argument(help: "Where to")
        var address: String

        func run() async throws {
            guard let to = MailAddress(address) else { throw MailCommand.noAddress(address) }
            let hub = try Hub.open(options.folder)
            guard let (message, program) = try hub.testMail(to: to, now: .ofThisMachine) else {
                throw HubError(
                    .refused, "The hub sends no mail.",
                    hint: "Set it up with: waymark-hub mail set --from ADDRESS")
            }
            switch await SendmailRun.send(message.bytes, from: message.from, program: program) {
            case .taken:
                try options.output.write(
                    Document(taken: true), text: "\(program) has taken the mail.")
            case .later(let note), .never(let note):
                throw HubError(
                    .refused, "The mail was not taken. \(note)",
                    hint: "See what \(program) needs; its own log may tell more.")
            }
        }

        private struct Document: Encodable {
            let taken: Bool
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what waits, what was sent last and what was not taken")

        @OptionGroup var options: HubOptions

        func run() throws {
            let document = try options.reading { MailDocument(try $0.mailStatus()) }
            try options.output.write(document, text: document.text)
        }
    }

    static func noAddress(_ text: String) -> HubError {
        HubError(
            .usage, "That is no e-mail address that mail can be sent with.",
            hint: "Write it as name@example.org, without a name around it.")
    }
}

/// How mail stands, in JSON and in words.
struct MailDocument: Encodable {
    let from: String?
    let sendmail: String?
    let waiting: Waiting
    let lastSentAt: String?
    let failures: [Failure]

    struct Waiting: Encodable {
        let members: Int
        let notifications: Int
    }

    struct Failure: Encodable {
        let member: String
        let memberName: String?
        let reason: String
        let at: String?
        let attempts: Int
        let retryAt: String?
    }

    init(_ status: Hub.MailStatus) {
        from = status.from
        sendmail = status.program
        waiting = Waiting(members: status.waitingMembers, notifications: status.waitingNotices)
        lastSentAt = status.lastSentAt.map(RFC3339Time.text(milliseconds:))
        failures = status.failures.map {
            Failure(
                member: $0.member.text, memberName: $0.name, reason: $0.text,
                at: $0.at.map(RFC3339Time.text(milliseconds:)), attempts: $0.attempts,
                retryAt: $0.retryAt.map(RFC3339Time.text(milliseconds:)))
        }
    }

    private enum Key: String, CodingKey { case from, sendmail, waiting, lastSentAt, failures }

    // Absent values are null, so that scripts find every key.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(from, forKey: .from)
        try container.encode(sendmail, forKey: .sendmail)
        try container.encode(waiting, forKey: .waiting)
        try container.encode(lastSentAt, forKey: .lastSentAt)
        try container.encode(failures, forKey: .failures)
    }

    var text: String {
        guard let from else {
            return "The hub sends no mail. Set it up with: waymark-hub mail set --from ADDRESS"
        }
        var lines = [
            "From       \(from), by \(TerminalSafe.escape(sendmail ?? "-"))",
            "Waiting    \(waiting.notifications) notifications for \(waiting.members) members",
            "Last sent  \(lastSentAt ?? "never")",
        ]
        if !failures.isEmpty { lines += ["", "Not taken:"] }
        for failure in failures {
            let name = TerminalSafe.escape(failure.memberName ?? "-")
            lines.append("  \(failure.member.prefix(8))  \(name)  \(failure.at ?? "")")
            lines.append("    \(TerminalSafe.escape(failure.reason))")
            if let retryAt = failure.retryAt {
                lines.append("    \(failure.attempts) attempts; the next one at \(retryAt)")
            }
        }
        return lines.joined(separator: "\n")
    }
}
