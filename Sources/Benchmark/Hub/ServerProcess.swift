import Foundation
import NIOSSL

/// A server in a process of its own, on loopback: a hub, or the echo it is compared with.
final class ServerProcess: Sendable {
    struct NotReady: Error, CustomStringConvertible {
        let program: String
        var description: String { "\(program) did not start" }
    }

    private let process: Process
    let port: Int
    let certificate: NIOSSLCertificate

    private struct Ready: Decodable {
        struct Place: Decodable { let url: String }
        let ready: Place
    }

    /// Starts a program, waits for the line by which it says where it is, and lets its log go to a
    /// file. It is known by the certificate in another one.
    init(_ program: URL, _ words: [String], certificate: String, log: String) throws {
        process = Process()
        process.executableURL = program
        process.arguments = words
        let output = Pipe()
        process.standardOutput = output
        guard FileManager.default.createFile(atPath: log, contents: nil),
            let errors = FileHandle(forWritingAtPath: log)
        else { throw NotReady(program: log) }
        process.standardError = errors
        try process.run()
        try errors.close()
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let bytes = output.fileHandleForReading.availableData
            guard !bytes.isEmpty else { throw NotReady(program: program.lastPathComponent) }
            line += bytes
        }
        let url = try JSONDecoder().decode(Ready.self, from: line).ready.url
        guard let port = URL(string: url)?.port,
            let certificate = try NIOSSLCertificate.fromPEMFile(certificate).first
        else { throw NotReady(program: url) }
        self.port = port
        self.certificate = certificate
    }

    var usage: ProcessUsage { ProcessUsage(of: "\(process.processIdentifier)") }

    /// Ends it at once, as a power cut would.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Asks it to stop and waits for that.
    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    deinit { if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) } }
}
