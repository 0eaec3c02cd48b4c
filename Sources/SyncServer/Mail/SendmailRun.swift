import Dispatch
import Foundation

/// One run of a `sendmail` command.
enum SendmailRun {
    /// What became of a mail.
    enum Outcome: Equatable {
        case taken
        /// It may be taken later: the system is not ready, or not set up rightly.
        case later(String)
        /// It will never be: there is something wrong with this mail or this recipient.
        case never(String)
    }

    private static let timeoutSeconds = 60.0
    private static let noteCharactersMax = 200

    /// Hands a mail over and waits for what the command says, on a thread of its own.
    static func send(
        _ message: [UInt8], from: MailAddress, program: String,
        timeoutSeconds: Double = timeoutSeconds
    ) async -> Outcome {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    returning: run(
                        message, from: from, program: program, timeoutSeconds: timeoutSeconds))
            }
        }
    }

    private static func run(
        _ message: [UInt8], from: MailAddress, program: String, timeoutSeconds: Double
    ) -> Outcome {
        // A file instead of a pipe: a command that does not read to the end breaks no pipe.
        guard let input = scratchFile(), let errors = scratchFile(),
            (try? input.write(contentsOf: message)) != nil, (try? input.seek(toOffset: 0)) != nil
        else { return .later("No temporary file can be written.") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-t", "-i", "-f", from.text]
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        guard (try? process.run()) != nil else { return .later("\(program) cannot be started.") }
        if ended.wait(timeout: .now() + timeoutSeconds) == .timedOut {
            process.terminate()
            if ended.wait(timeout: .now() + 2) == .timedOut {
                kill(process.processIdentifier, SIGKILL)
                ended.wait()
            }
            return .later("It took more than \(Int(timeoutSeconds.rounded(.up))) seconds.")
        }
        guard process.terminationReason == .exit else {
            return .later("It was ended by signal \(process.terminationStatus).")
        }
        return outcome(ofStatus: process.terminationStatus, saying: firstLine(of: errors))
    }

    /// The meanings are those of `sysexits.h`.
    static func outcome(ofStatus status: Int32, saying line: String) -> Outcome {
        let note = "Exit status \(status)" + (line.isEmpty ? "." : ": \(line)")
        switch status {
        case 0: return .taken
        // Data, user or host: this mail will not get better by waiting.
        case 65, 67, 68: return .never(note)
        default: return .later(note)
        }
    }

    private static func firstLine(of file: FileHandle) -> String {
        guard (try? file.seek(toOffset: 0)) != nil,
            let data = try? file.read(upToCount: 4 * noteCharactersMax)
        else { return "" }
        let text = String(decoding: data, as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).first ?? ""
        return String(line.prefix(noteCharactersMax))
    }

    /// A file without a name, which is gone when it is closed.
    private static func scratchFile() -> FileHandle? {
        var path = Array((NSTemporaryDirectory() + "waymark-mail-XXXXXX").utf8CString)
        let descriptor = path.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { mkstemp($0) } ?? -1
        }
        guard descriptor >= 0 else { return nil }
        path.withUnsafeBufferPointer { buffer in
            if let name = buffer.baseAddress { unlink(name) }
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
