import Model
import Replica
import Synchronization

/// What `waymark sync --watch` says: a line for each thing that happened, and nothing while nothing
/// does. With `--json` each line is a document.
final class WatchNotices: Sendable {
    /// What it has said last of the hub.
    private enum Standing { case unknown, listening, withoutEvents, unreachable }

    private let context: CommandContext
    private let standing = Mutex(Standing.unknown)

    init(_ context: CommandContext) { self.context = context }

    private var output: Output { context.output }
    private var now: Int64 { context.surroundings.now().milliseconds }

    func started() throws {
        try say("started", message: "Watching; stop with Ctrl-C.")
    }

    func stopped() throws {
        try say("stopped", message: "Stopped.")
    }

    /// The hub lets the device listen.
    func opened() {
        guard enter(.listening) else { return }
        try? say("listening", message: "Listening to the hub for news.")
    }

    func hasNoEvents() throws {
        guard enter(.withoutEvents) else { return }
        try say(
            "withoutEvents",
            message: "The hub tells no news by itself; syncing every few minutes instead.")
    }

    func failed(_ failure: CommandFailure) throws {
        guard enter(.unreachable) else { return }
        try say(
            "failed", message: "\(lines: failure.message) Trying again until it goes well.",
            besides: ["code": .string(failure.code), "message": .string(failure.message)])
    }

    /// A sync that brought nothing is no news, unless it is the first or the hub was away.
    func synced(_ summary: SyncSummary, isFirst: Bool) throws {
        let wasAway = standing.withLock { standing in
            defer { if standing == .unreachable { standing = .unknown } }
            return standing == .unreachable
        }
        guard isFirst || wasAway || summary.hasNews else { return }
        summary.warn(output)
        if output.json {
            try output.writeJSON(document("synced").appending(summary.json))
        } else {
            try output.writeOut("\(try time(), .faint)  " + summary.text)
        }
    }

    private func enter(_ next: Standing) -> Bool {
        standing.withLock { standing in
            guard standing != next else { return false }
            standing = next
            return true
        }
    }

    private func say(
        _ event: String, message: TerminalText, besides: KeyValuePairs<String, JSONValue> = [:]
    ) throws {
        if output.json {
            try output.writeJSON(document(event).adding(besides))
        } else {
            output.writeError("\(try time(), .faint)  " + message)
        }
    }

    private func document(_ event: String) -> JSONValue {
        ["event": .string(event), "at": .time(now)]
    }

    /// What the clock shows, in the member's zone.
    private func time() throws -> String { try context.humanTime.hours(from: now, to: nil) }
}
