import Dispatch
import Foundation

/// Ctrl-C, and what the system sends to programs that are to end.
enum StopSignal {
    /// Returns at the first such signal, or when the task is cancelled. A second one ends the
    /// program at once.
    static func wait() async {
        let numbers = [SIGINT, SIGTERM]
        let (signals, sender) = AsyncStream.makeStream(of: Void.self)
        let sources = numbers.map { number in
            // A source is told of a signal beside what it does by default.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { sender.yield() }
            source.resume()
            return source
        }
        for await _ in signals { break }
        for source in sources { source.cancel() }
        for number in numbers { signal(number, SIG_DFL) }
    }
}
