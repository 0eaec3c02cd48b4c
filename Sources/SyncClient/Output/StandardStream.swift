import Foundation
import Replica

/// Standard output or standard error, or what stands for them in a test.
struct StandardStream: Sendable {
    let isTerminal: Bool

    /// Cells in a line; nil when this is no terminal.
    let width: Int?

    private let sink: @Sendable (String) throws -> Void

    init(
        isTerminal: Bool, width: Int? = nil, write: @escaping @Sendable (String) throws -> Void
    ) {
        self.isTerminal = isTerminal
        self.width = isTerminal ? width : nil
        sink = write
    }

    static var standardOutput: StandardStream { StandardStream(descriptor: STDOUT_FILENO) }
    static var standardError: StandardStream { StandardStream(descriptor: STDERR_FILENO) }

    /// A stream over an open file descriptor; it does not close it.
    init(descriptor: Int32) {
        let isTerminal = isatty(descriptor) == 1
        self.init(isTerminal: isTerminal, width: isTerminal ? Self.width(of: descriptor) : nil) {
            try Self.write($0, to: descriptor)
        }
    }

    func write(_ text: String) throws { try sink(text) }

    private static func write(_ text: String, to descriptor: Int32) throws {
        do {
            try StandardOutput.write(text, to: descriptor)
        } catch {
            throw CommandFailure(
                .refused, code: "outputFailed", "The output could not be written: \(error.reason).",
                hint: "Check where the output goes; what the command saved stays saved.")
        }
    }

    private static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
