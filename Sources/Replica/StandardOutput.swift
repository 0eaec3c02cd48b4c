import Foundation

/// Writing to standard output and standard error, as both programs do it.
package enum StandardOutput {
    /// Why the rest could not be written, in the system's words.
    package struct Failure: Error {
        package let reason: String
    }

    /// Goes straight to the descriptor: no buffer can be lost when the process ends, and whoever
    /// waits for a line gets it at once. A reader that has seen enough, as in
    /// `waymark journal list | head`, is no failure.
    package static func write(_ text: String, to descriptor: Int32) throws(Failure) {
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
            case EPIPE: return
            case let code: throw Failure(reason: String(cString: strerror(code)))
            }
        }
    }

    /// A terminal may be set to non-blocking by another program that shares it.
    private static func waitUntilWritable(_ descriptor: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&entry, 1, 1_000)
    }
}
