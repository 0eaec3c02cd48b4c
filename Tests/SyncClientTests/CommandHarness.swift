import Cryptography
import Foundation
import Model
import Replica
import Synchronization
import TestSupport
import Wire

@testable import SyncClient

/// A programme for tests of commands: a hub in memory, homes in a folder of its own, a clock that
/// stands still. Commands run from their words to their exit status, as in the program.
final class CommandHarness: Sendable {
    /// 2026-06-01 10:00:00 UTC, a Monday.
    static let start: Int64 = 1_780_308_000_000

    let folder: String
    let hub: RelayHub
    let transport: BreakableTransport
    private let time = Mutex(CommandHarness.start)
    private let invitationCounter = Mutex<UInt64>(0)
    private let boot = Mutex("11111111-1111-1111-1111-111111111111")
    private let environment = Mutex<[String: String]>([:])

    init() throws {
        let name = "waymark-" + RandomBytes.generate(count: 8).hexadecimal
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        hub = RelayHub(key: SigningKey(), time: Self.start)
        transport = BreakableTransport(hub: hub)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    // MARK: The clock

    /// The laptops' clock, in milliseconds since 1970.
    var now: Int64 {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    /// Restarts the machine: its clock may be another from now on.
    func reboot() { boot.withLock { $0 = "22222222-2222-2222-2222-222222222222" } }

    /// Gives commands a variable of the environment; without any they have their home alone.
    func setEnvironment(_ name: String, _ value: String) {
        environment.withLock { $0[name] = value }
    }

    // MARK: Running commands

    /// Runs a command in somebody's home.
    ///
    /// - Parameters:
    ///   - who: the name of the home.
    ///   - arguments: the words of the command line.
    ///   - input: what stands on standard input.
    /// - Returns: what the command printed, and its exit status.
    @discardableResult
    func run(
        _ who: String, _ arguments: String..., input: String = ""
    ) async -> CommandResult {
        await run(who, arguments, input: input)
    }

    func run(_ who: String, _ arguments: [String], input: String = "") async -> CommandResult {
        await run(who, bytes: arguments.map { Array($0.utf8) }, input: input)
    }

    /// Runs a command line of bytes, which need not be text.
    func run(_ who: String, bytes words: [[UInt8]], input: String = "") async -> CommandResult {
        let (output, errors) = (TextCollector(), TextCollector())
        let surroundings = surroundings(of: who, input: input, output.stream, errors.stream)
        let status = await CommandRunner.run(bytes: words, in: surroundings)
        return CommandResult(status: status, output: output.text, errors: errors.text)
    }

    /// What a command finds around it in somebody's home.
    func surroundings(
        of who: String, input: String = "", _ output: StandardStream, _ errors: StandardStream
    ) -> Surroundings {
        Surroundings(
            environment: environment.withLock { $0 }
                .merging(["WAYMARK_HOME": home(of: who)]) { $1 },
            now: { ClaimedTime(milliseconds: self.now) }, bootID: boot.withLock { $0 },
            machineTimeZone: .gmt, machineName: "\(who)s-laptop",
            input: InputSurroundings(
                standardInputIsTerminal: false, editor: nil,
                temporaryDirectory: URL(fileURLWithPath: folder),
                readStandardInput: { Data(input.utf8).prefix($0) }, runEditor: { _, _ in 1 }),
            standardOutput: output, standardError: errors, transport: transport)
    }

    func home(of who: String) -> String { "\(folder)/\(who)" }

    func replica(of who: String) throws -> Replica { try Replica.open(at: home(of: who)) }

    func member(_ who: String) throws -> MemberID { try replica(of: who).identity.member }

    // MARK: People

    /// An invitation that the hub itself has made.
    func token(
        _ role: Role, email: String, name: String? = nil, validMilliseconds: Int64 = 86_400_000
    ) throws -> String {
        let counter = invitationCounter.withLock { counter in
            counter += 1
            return counter
        }
        return try InvitationToken.make(
            invitation: RecordID(device: hub.device, counter: counter), purpose: .join(role),
            email: email, name: name, issuedAtMilliseconds: Self.start,
            expiresAtMilliseconds: Self.start + validMilliseconds, hubKey: hub.key.publicKey,
            hubURL: "https://hub.example.org", programmeName: "Test", issuerKey: hub.key,
            bearer: SigningKey()
        ).text
    }

    /// Lets somebody join whose home and name are these; the e-mail is `name@example.org`.
    @discardableResult
    func join(_ who: String, as role: Role) async throws -> MemberID {
        let token = try token(role, email: "\(who.lowercased())@example.org")
        let result = await run(who, "join", token, "--name", who)
        guard result.status == 0 else { throw HarnessError(result.errors) }
        return try member(who)
    }

    /// Syncs the homes, one after the other.
    func sync(_ people: String...) async throws {
        for who in people {
            let result = await run(who, "sync")
            guard result.status == 0 else { throw HarnessError(result.errors) }
        }
    }

    struct HarnessError: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}

/// What a command did.
struct CommandResult: Sendable {
    let status: Int32
    /// Standard output and standard error.
    let output: String
    let errors: String

    /// The one document that `--json` prints.
    var json: JSONRead {
        get throws {
            let document = JSONRead(output)
            guard !document.isMissing else {
                throw CommandHarness.HarnessError("No document: \(output) \(errors)")
            }
            return document
        }
    }

    /// The word for a failure in its document.
    var errorCode: String? { JSONRead(output)["error"]["code"].string }
}

/// Collects what a stream was given.
final class TextCollector: Sendable {
    private let pieces = Mutex<[String]>([])

    var text: String { pieces.withLock { $0.joined() } }

    var stream: StandardStream {
        StandardStream(isTerminal: false) { piece in self.pieces.withLock { $0.append(piece) } }
    }
}
