import Synchronization

/// Shows how far long work has come, on a terminal's standard error; else it shows nothing.
///
/// Work may report from any thread and as often as it likes: the line is drawn again only when it
/// would look different.
final class ProgressBar: Sendable {
    private struct State {
        var drawn: String?
        var nextDrawAt: Int64 = 0
    }

    private static let barWidthMax = 30

    private let label: String
    private let stream: StandardStream
    private let state = Mutex(State())

    init(_ label: String, on stream: StandardStream) {
        self.label = TerminalText.escape(label)
        self.stream = stream
    }

    /// Shows the state of the work; without a total only the count.
    func update(_ done: Int64, of total: Int64?) {
        guard stream.isTerminal else { return }
        let line = line(done, total)
        state.withLock { state in
            guard line != state.drawn else { return }
            // Without a total every count looks different; then steps of a hundredth are enough.
            if total == nil, done < state.nextDrawAt, state.drawn != nil { return }
            state.nextDrawAt = done + max(1, done / 100)
            state.drawn = line
            try? stream.write("\r\(line)\u{1B}[K")
        }
    }

    /// Takes the line away, so that what follows stands alone.
    func finish() {
        state.withLock { state in
            guard state.drawn != nil else { return }
            state.drawn = nil
            try? stream.write("\r\u{1B}[K")
        }
    }

    /// `Receiving [#######       ] 25 %`, or `Receiving 12`.
    private func line(_ done: Int64, _ total: Int64?) -> String {
        let width = stream.width ?? 80
        let text: String
        if let total, total > 0 {
            let share = min(max(Double(done) / Double(total), 0), 1)
            let percent = Int(share * 100)
            let room = width - DisplayWidth.of(label) - 10
            let bar = min(Self.barWidthMax, room)
            let filled = Int(share * Double(max(0, bar)))
            text =
                bar < 5
                ? "\(label) \(percent) %"
                : "\(label) [" + String(repeating: "#", count: filled)
                    + String(repeating: " ", count: bar - filled) + "] \(percent) %"
        } else {
            text = "\(label) \(done)"
        }
        return DisplayWidth.prefix(of: text, upTo: max(0, width - 1))
    }
}

extension Output {
    /// Runs long work with a progress bar that is gone when the work ends, however it ends.
    func withProgress<Result>(
        _ label: String, perform work: (ProgressBar) async throws -> Result
    ) async throws -> Result {
        let bar = ProgressBar(label, on: standardError)
        defer { bar.finish() }
        return try await work(bar)
    }
}
