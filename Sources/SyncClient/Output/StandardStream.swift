import Foundation

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

    /// Goes straight to the descriptor: no buffer can be lost when the process ends.
    private static func write(_ text: String, to descriptor: Int32) throws {
        var remaining = Array(text.utf8)[...]
        while !remaining.isEmpty {
            let written = remaining.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress, $0.count)
            }
            if written >= 0 {
                remaining = remaining.dropFirst(written)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: waitUntilWritable(descriptor)
            // The reader, as in `waymark journal list | head`, has seen enough.
            case EPIPE: return
            case let code:
                throw CommandFailure(
                    .refused, code: "outputFailed",
                    "The output could not be written: \(String(cString: strerror(code))).",
                    hint: "Check where the output goes; what the command saved stays saved.")
            }
        }
    }

    /// A terminal may be set to non-blocking by another program that shares it.
    private static func waitUntilWritable(_ descriptor: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&entry, 1, 1_000)
    }

    private static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
