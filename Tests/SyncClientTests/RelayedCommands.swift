import Cryptography
import Foundation
import Model
import Replica
import Synchronization
import TestSupport
import Wire

@testable import SyncClient

/// Homes of some members and a hub without rules, for tests of commands that need what others have
/// written or what a hub has ruled.
final class RelayedCommands: Sendable {
    let hub: RelayHub
    private let folder: String
    private let clock: Mutex<Int64>
    private let counter = Mutex<UInt64>(0)

    /// 2027-01-15T08:00:00Z, a Friday.
    static let start: Int64 = 1_800_000_000_000

    init() throws {
        folder = NSTemporaryDirectory() + "waymark-" + RandomBytes.generate(count: 8).hexadecimal
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        hub = RelayHub(key: SigningKey(), time: Self.start)
        clock = Mutex(Self.start)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    var now: Int64 { clock.withLock { $0 } }

    /// Lets time pass for everybody.
    func pass(milliseconds: Int64) {
        let now = clock.withLock { clock in
            clock += milliseconds
            return clock
        }
        hub.advanceTime(toMilliseconds: now)
    }

    /// A path in the test's folder.
    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Makes the home of a new member whom the hub knows.
    func join(_ name: String, as role: Role) async throws -> MemberHome {
        let bearer = SigningKey()
        let number = counter.withLock { counter in
            counter += 1
            return counter
        }
        let (_, invitation) = try InvitationToken.make(
            invitation: RecordID(device: hub.device, counter: number), purpose: .join(role),
            email: "\(name.lowercased())@example.org", name: name,
            issuedAtMilliseconds: now, expiresAtMilliseconds: now + 86_400_000,
            hubKey: hub.key.publicKey, hubURL: "https://localhost:8470", programmeName: "Test",
            issuerKey: hub.key, bearer: bearer)
        let replica = try Replica.create(
            at: path(name),
            joining: Replica.Joining(
                invitation: invitation, bearer: bearer, name: name, deviceName: "laptop",
                hubURL: invitation.hubURL),
            now: ClaimedTime(milliseconds: now))
        let home = MemberHome(
            path: path(name), member: replica.identity.member, programme: self)
        try await home.expect(.success, "sync")
        return home
    }
}

/// A member's home, in which commands can be run.
struct MemberHome: Sendable {
    let path: String
    let member: MemberID
    let programme: RelayedCommands

    enum Outcome: Int32 {
        case success = 0
        case refused = 1
        case usage = 64
        case badData = 65
        case notAllowed = 77
    }

    /// What one run of a command left.
    struct Run {
        let exitCode: Int32
        let output: String
        let errors: String

        /// The one document on standard output.
        var json: JSONRead { JSONRead(output) }
    }

    /// Runs a command line as a person would, in a process of its own so to speak.
    func run(_ arguments: [String], input: String = "") async -> Run {
        let output = Mutex("")
        let errors = Mutex("")
        let programme = programme
        let surroundings = Surroundings(
            environment: ["WAYMARK_HOME": path],
            now: { ClaimedTime(milliseconds: programme.now) }, bootID: "b007",
            machineTimeZone: .gmt, machineName: "laptop",
            input: InputSurroundings(
                standardInputIsTerminal: false, editor: nil,
                temporaryDirectory: URL(fileURLWithPath: NSTemporaryDirectory()),
                readStandardInput: { Data(input.utf8.prefix($0)) }, runEditor: { _, _ in 1 }),
            standardOutput: StandardStream(isTerminal: false) { text in
                output.withLock { $0 += text }
            },
            standardError: StandardStream(isTerminal: false) { text in
                errors.withLock { $0 += text }
            },
            transport: RelayTransport(hub: programme.hub))
        let exitCode = await CommandRunner.run(arguments, in: surroundings)
        return Run(
            exitCode: exitCode, output: output.withLock { $0 }, errors: errors.withLock { $0 })
    }

    /// Runs a command that must end like this; throws where it does not.
    @discardableResult
    func expect(
        _ outcome: Outcome, _ arguments: String..., input: String = ""
    ) async throws -> Run {
        let run = await run(arguments, input: input)
        guard run.exitCode == outcome.rawValue else {
            throw UnexpectedOutcome(arguments: arguments, run: run)
        }
        return run
    }

    /// Runs a command that must succeed, with `--json`, and returns its document.
    @discardableResult
    func json(_ arguments: String..., input: String = "") async throws -> JSONRead {
        let run = await run(arguments + ["--json"], input: input)
        guard run.exitCode == 0 else { throw UnexpectedOutcome(arguments: arguments, run: run) }
        return run.json
    }

    func sync() async throws { try await expect(.success, "sync") }

    struct UnexpectedOutcome: Error {
        let arguments: [String]
        let run: Run
    }
}

/// The way to a hub in memory.
private struct RelayTransport: HubTransport {
    let hub: RelayHub

    func greet(_ address: HubAddress, pin: [UInt8]?) async throws -> [UInt8]? { nil }

    func withConnection<Result>(
        to endpoint: HubEndpoint, _ body: (any HubConnection) async throws -> Result
    ) async throws -> Result {
        try await body(hub)
    }
}

/// A JSON document that a command printed, read the way a script would.
struct JSONRead: CustomStringConvertible {
    private let value: Any?

    init(_ text: String) {
        value = try? JSONSerialization.jsonObject(
            with: Data(text.utf8), options: .fragmentsAllowed)
    }

    private init(value: Any?) { self.value = value }

    subscript(key: String) -> JSONRead { JSONRead(value: (value as? [String: Any])?[key]) }
    subscript(index: Int) -> JSONRead {
        let items = value as? [Any] ?? []
        return JSONRead(value: items.indices.contains(index) ? items[index] : nil)
    }

    var items: [JSONRead] { (value as? [Any] ?? []).map { JSONRead(value: $0) } }
    var keys: Set<String> { Set((value as? [String: Any] ?? [:]).keys) }
    var string: String? { value as? String }
    var int: Int? { value as? Int }
    var bool: Bool? { value as? Bool }
    var isNull: Bool { value is NSNull }
    var isMissing: Bool { value == nil }
    var description: String { String(describing: value) }
}
