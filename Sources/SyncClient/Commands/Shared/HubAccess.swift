import Foundation
import Model
import Replica

/// Syncs a replica with its hub, tells of a wrong clock, and notes the contact.
struct HubAccess {
    let context: CommandContext
    let address: HubAddress

    /// Finds the hub: at the address given on the command line, else where it was last.
    init(_ context: CommandContext, url: String?) throws {
        let identity = try context.replica.identity
        let known = identity.hubURL
        self.context = context
        address = try HubAddress(url ?? known, trusted: known, pin: identity.tlsPin)
    }

    var endpoint: HubEndpoint {
        get throws {
            HubEndpoint(
                address: address, pin: try context.replica.identity.tlsPin,
                certificatePath: HubCertificateFile.path(in: context.home))
        }
    }

    /// Syncs until both sides are level; whoever does so again and again has heard of the clock.
    func sync(warnsOfClock: Bool = true) async throws -> SyncReport {
        let replica = try context.replica
        let endpoint = try endpoint
        let surroundings = context.surroundings
        let (report, offset) = try await notingRefusal {
            try await context.output.withProgress("Receiving") { bar in
                try await surroundings.transport.withConnection(to: endpoint) { connection in
                    let timed = TimedConnection(connection, now: surroundings.now)
                    let report = try await replica.sync(
                        over: timed, now: surroundings.now, boot: bootNumber
                    ) { bar.update(Int64($0.pulledChanges + $0.snapshotRecords), of: nil) }
                    return (report, report.hubTime.flatMap { timed.offsetMs(hubTime: $0) })
                }
            }
        }
        if let hubTime = report.hubTime, let offset {
            ContactFile.write(
                HubContact(
                    lastSyncAt: hubTime, clockOffsetMs: offset, bootID: surroundings.bootID,
                    hubIsRecovering: report.hubIsRecovering),
                in: context.home)
            if warnsOfClock, let sentence = ClockNotice.sentence(offsetMs: offset) {
                context.output.warn(sentence)
            }
        }
        try replica.remember(hubURL: address.text)
        return report
    }

    private func notingRefusal<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let answer as HubFailure.Answer {
            try HubStanding.note(code: answer.code, of: context.replica)
            throw answer
        }
    }

    /// The boot's id as a number, for the hub to tell restarts apart.
    private var bootNumber: UInt64 {
        UInt64(context.surroundings.bootID.filter(\.isHexDigit).prefix(16), radix: 16) ?? 0
    }
}

/// The one sentence about a clock that is wrong.
enum ClockNotice {
    /// - Parameter offsetMs: the device's clock minus the hub's; nil where it is not known.
    /// - Returns: the sentence; nil for a clock that is good enough.
    static func sentence(offsetMs: Int64?) -> TerminalText? {
        guard let offsetMs, HubContact.isNoteworthy(offsetMs: offsetMs) else { return nil }
        let amount = roughly(Int64(clamping: offsetMs.magnitude))
        let direction = offsetMs > 0 ? "ahead of" : "behind"
        return "This computer's clock is \(amount) \(direction) the hub's; nothing is lost by it."
    }

    /// The largest unit that fits, rounded down.
    private static func roughly(_ milliseconds: Int64) -> String {
        let minutes = milliseconds / 60_000
        let units: [(minutes: Int64, name: String)] = [
            (365 * 24 * 60, "year"), (24 * 60, "day"), (60, "hour"), (1, "minute"),
        ]
        for unit in units where minutes >= unit.minutes {
            let count = minutes / unit.minutes
            return "\(count) \(unit.name)\(count == 1 ? "" : "s")"
        }
        return "a moment"
    }
}
