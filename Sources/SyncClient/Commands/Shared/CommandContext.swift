import Foundation
import Model
import Replica
import Synchronization

/// What one run of a command works with: the member's home and its replica, the time, the way out.
final class CommandContext: Sendable {
    let surroundings: Surroundings
    let output: Output
    /// The member's folder, as an absolute path.
    let home: String
    /// The time of the command by the device's clock, read once.
    let now: ClaimedTime
    private let opened = Mutex<Replica?>(nil)

    init(_ options: GlobalOptions, in surroundings: Surroundings) throws {
        self.surroundings = surroundings
        output = Output(
            json: options.json, environment: surroundings.environment,
            standardOutput: surroundings.standardOutput,
            standardError: surroundings.standardError)
        home = try HomeFolder.path(options.home, environment: surroundings.environment)
        now = surroundings.now()
    }

    /// The replica of the home, opened at the first use.
    var replica: Replica {
        get throws {
            try opened.withLock { replica in
                if let replica { return replica }
                let fresh = try Replica.open(at: home)
                if let reason = fresh.readingReason {
                    let trouble: TerminalText =
                        switch reason {
                        case .badKey: "The key of this device is missing or damaged; \(home)"
                        case .unreadableKey: "The key of this device cannot be read; \(home)"
                        default: "\(home) takes no writing now; it"
                        }
                    output.warn("\(trouble) can be read and exported only.")
                }
                replica = fresh
                return fresh
            }
        }
    }

    /// Makes a replica that was created by this command the one of the context.
    func adopt(_ replica: Replica) {
        opened.withLock { $0 = replica }
    }

    /// Where the member lives: the zone of their profile, else that of the machine.
    var timeZone: TimeZone {
        get throws {
            let replica = try replica
            let name = try replica.read { reader in
                try reader.record(reader.identity.member.recordID, of: Schema.profile)?
                    .text(Fields.Profile.timeZone)
            }
            return name.flatMap(TimeZone.init(identifier:)) ?? surroundings.machineTimeZone
        }
    }

    /// The present by the best clock at hand: the device's, corrected by the offset that a sync in
    /// this boot measured, if it is more than a slow line makes of a good clock. For times that a
    /// command takes by itself; those that people type are read by the clock that they see.
    var presentMilliseconds: Int64 {
        let offset = ContactFile.read(in: home)?.clockOffsetMs(inBoot: surroundings.bootID)
        guard let offset, HubContact.isNoteworthy(offsetMs: offset) else {
            return now.milliseconds
        }
        return now.milliseconds.subtracting(clamped: offset)
    }

    // MARK: Reading arguments

    /// Reads times relative to now, in the member's zone.
    var timeInput: TimeInput {
        get throws { TimeInput(now: now.milliseconds, timeZone: try timeZone) }
    }

    /// Reads days, in the member's zone.
    var dateInput: DateInput {
        get throws { DateInput(now: now.milliseconds, timeZone: try timeZone) }
    }

    /// Writes times for people, in the member's zone.
    var humanTime: HumanTime {
        get throws { HumanTime(timeZone: try timeZone) }
    }

    /// Reads a text from an argument, standard input or an editor.
    func textInput(_ name: String, allowsEmpty: Bool = false) -> TextInput {
        TextInput(name: name, allowsEmpty: allowsEmpty, surroundings: surroundings.input)
    }
}
