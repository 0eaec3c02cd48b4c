import ArgumentParser
import Foundation
import Model

struct RecoveryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery",
        abstract: "Show what has come back to a restored hub, and end its recovery",
        subcommands: [Status.self, End.self], defaultSubcommand: Status.self)

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Show which laptops have given back what the hub lacks, and what was sold twice"
        )

        @OptionGroup var options: HubOptions

        func run() throws {
            let document = try options.reading { RecoveryDocument(try $0.recoveryStatus()) }
            try options.output.write(document, text: document.text)
        }
    }

    struct End: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the hub rule again, first on all that has waited",
            discussion:
                "What comes back later is taken all the same; nothing that was confirmed ends.")

        @Flag(help: "Do not ask to say it again at a terminal where laptops are missing")
        var yes = false

        @OptionGroup var options: HubOptions

        func run() throws {
            let hub = try Hub.open(options.folder)
            let isAsked = isatty(STDIN_FILENO) == 1 && !yes
            if let caution = Self.caution(RecoveryDocument(try hub.recoveryStatus())) {
                guard !isAsked else {
                    throw HubError(
                        .notConfirmed, caution,
                        hint: "If you do not wait for them: waymark-hub recovery end --data "
                            + "\(options.data) --yes")
                }
                options.output.note(caution)
            }
            let count = try hub.endRecovery(now: .ofThisMachine)
            let document = Document(
                verdicts: count, recovery: RecoveryDocument(try hub.recoveryStatus()))
            try options.output.write(
                document,
                text: "The recovery has ended. The hub ruled on "
                    + (count == 1 ? "1 request or act.\n" : "\(count) requests and acts.\n")
                    + "Invitations from before it are not redeemed any more: who has not joined "
                    + "needs a new one.\n\n" + document.recovery.text)
        }

        /// What speaks against the end of a recovery; nil if nothing does.
        static func caution(_ recovery: RecoveryDocument) -> String? {
            let missing = recovery.missing
            guard recovery.recovering, !missing.isEmpty else { return nil }
            let names = missing.map { "\($0.memberName ?? "-") (\($0.id.prefix(8)))" }
            let verb = missing.count == 1 ? "has" : "have"
            return "\(missing.count) of \(recovery.devices.count) laptops \(verb) not synced since "
                + "the hub was set back: \(names.joined(separator: ", ")). What waits is then ruled "
                + "on without what only they know, so a seat may be given twice."
        }

        private struct Document: Encodable {
            let verdicts: Int
            let recovery: RecoveryDocument
        }
    }
}

/// The state of a recovery in JSON and in words.
struct RecoveryDocument: Encodable {
    let recovering: Bool
    let begunAnew: Bool
    let since: String?
    let branch: PositionDocument?
    let position: PositionDocument
    let returned: Int
    let refused: Int
    let waiting: Int
    let devices: [Device]
    let oversold: [Slot]
    let doubleBooked: [Person]

    struct Device: Encodable {
        let id: String
        let memberName: String?
        let returned: Bool
    }

    struct Slot: Encodable {
        let slot: String
        let mentor: String?
        let mentorName: String?
        let start: String?
        let capacity: Int64
        let bookings: [Booking]
    }

    struct Booking: Encodable {
        let id: String
        let participant: String?
        let participantName: String?
        let state: String
    }

    struct Person: Encodable {
        let member: String
        let memberName: String?
        let slots: [String]
    }

    init(_ status: Hub.RecoveryStatus) {
        recovering = status.isRecovering || status.isBackup
        begunAnew = status.hasBegunAnew
        since = status.begunAt.map { RFC3339Time.text(of: $0) }
        branch = status.branch.map(PositionDocument.init)
        position = PositionDocument(status.position)
        returned = status.returned
        refused = status.refused
        waiting = status.waiting
        devices = status.devices.map {
            Device(id: $0.id.text, memberName: $0.memberName, returned: $0.hasReturned)
        }
        oversold = status.oversold.map { slot in
            Slot(
                slot: slot.slot.text, mentor: slot.mentor?.text, mentorName: slot.mentorName,
                start: slot.start.map { RFC3339Time.text(of: HubTime(milliseconds: $0)) },
                capacity: slot.capacity,
                bookings: slot.bookings.map {
                    Booking(
                        id: $0.id.text, participant: $0.participant?.text,
                        participantName: $0.participantName, state: $0.state.name)
                })
        }
        doubleBooked = status.doubleBooked.map {
            Person(
                member: $0.person.text, memberName: $0.name, slots: $0.slots.map(\.text))
        }
    }

    /// One sentence on where the hub stands; nil if it was never set back.
    var sentence: String? {
        if recovering, since == nil {
            return "This hub was restored from a backup; its recovery begins when it is served."
        }
        guard let since else { return nil }
        guard recovering else { return "The recovery that began on \(since) has ended." }
        return """
            In recovery since \(since): the hub takes back what it has lost, admits everything and \
            rules on no booking. End it with waymark-hub recovery end.
            """
    }

    /// Laptops that have not synced since the hub was set back.
    var missing: [Device] { devices.filter { !$0.returned } }

    private var peace: String {
        guard begunAnew else { return "The hub is in no recovery and never was." }
        return """
            The hub is in no recovery yet. It began anew, with nothing but its key or from a copy \
            of its folder: when a laptop syncs that has more than the hub, a recovery begins by itself.
            """
    }

    var text: String {
        var lines = [sentence ?? peace]
        if since != nil {
            lines += [
                "",
                "Came back  \(returned) pieces of work, and \(refused) that contradict what is here",
                "Waiting    \(waiting) requests and acts",
                "Laptops    \(devices.count - missing.count) of \(devices.count) have synced since",
            ]
        }
        if recovering, !missing.isEmpty {
            lines += ["", "Not yet heard of:"]
            for device in missing {
                lines.append("  \(device.id)  \(TerminalSafe.escape(device.memberName ?? "-"))")
            }
        }
        for slot in oversold {
            lines += [
                "",
                "Slot \(slot.slot) of \(Self.name(slot.mentorName, slot.mentor)), "
                    + "\(slot.start ?? "start unknown"), has \(slot.capacity) "
                    + "\(slot.capacity == 1 ? "seat" : "seats") and \(slot.bookings.count) bookings:",
            ]
            for booking in slot.bookings {
                lines.append(
                    "  \(booking.id)  \(booking.state)  "
                        + Self.name(booking.participantName, booking.participant))
            }
        }
        for person in doubleBooked {
            lines += [
                "",
                "\(Self.name(person.memberName, person.member)) is promised to two slots at once: "
                    + person.slots.joined(separator: ", "),
            ]
        }
        if !oversold.isEmpty || !doubleBooked.isEmpty {
            lines += [
                "",
                "All these bookings stand; the mentor settles it with the people. Their laptops tell "
                    + "all of them when they sync.",
            ]
        }
        return lines.joined(separator: "\n")
    }

    /// A name, with as much of the id as `member list` shows.
    private static func name(_ name: String?, _ id: String?) -> String {
        [name.map { TerminalSafe.escape($0) }, id.map { "(\($0.prefix(8)))" }]
            .compactMap(\.self).joined(separator: " ")
    }
}
