import Cryptography
import Foundation
import Model
import TestSupport
import Wire

@testable import SyncClient

/// A member's home in a ``CommandHarness``, in which commands can be run.
struct MemberHome: Sendable {
    let name: String
    let member: MemberID
    let harness: CommandHarness

    /// How a command may end.
    enum Outcome: Int32 {
        case success = 0
        case refused = 1
        case usage = 64
        case badData = 65
        case notAllowed = 77
    }

    func run(_ arguments: [String], input: String = "") async -> CommandResult {
        await harness.run(name, arguments, input: input)
    }

    /// Runs a command that must end like this; throws where it does not.
    @discardableResult
    func expect(
        _ outcome: Outcome, _ arguments: String..., input: String = ""
    ) async throws -> CommandResult {
        let result = await run(arguments, input: input)
        guard result.status == outcome.rawValue else {
            throw UnexpectedOutcome(arguments: arguments, result: result)
        }
        return result
    }

    /// Runs a command that must succeed, with `--json`, and returns its document.
    @discardableResult
    func json(_ arguments: String..., input: String = "") async throws -> JSONRead {
        let result = await run(arguments + ["--json"], input: input)
        guard result.status == 0 else {
            throw UnexpectedOutcome(arguments: arguments, result: result)
        }
        return try result.json
    }

    func sync() async throws { try await expect(.success, "sync") }

    struct UnexpectedOutcome: Error {
        let arguments: [String]
        let result: CommandResult
    }
}

extension CommandHarness {
    /// Lets somebody join and returns their home.
    func home(of name: String, as role: Role) async throws -> MemberHome {
        MemberHome(name: name, member: try await join(name, as: role), harness: self)
    }

    /// Links a second laptop of a member.
    func furtherHome(of home: MemberHome) async throws -> MemberHome {
        let name = home.name + "2"
        let token = try InvitationToken.make(
            invitation: RecordID(device: hub.device, counter: 900), purpose: .link(home.member),
            issuedAtMilliseconds: now, expiresAtMilliseconds: now + 86_400_000,
            hubKey: hub.key.publicKey, hubURL: "https://hub.example.org",
            programmeName: "Test", issuerKey: hub.key, bearer: SigningKey()
        ).text
        let result = await run(name, "join", token)
        guard result.status == 0 else { throw HarnessError(result.errors) }
        return MemberHome(name: name, member: home.member, harness: self)
    }

    /// A path in the test's folder.
    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Lets time pass for everybody.
    func pass(untilMilliseconds instant: Int64) {
        now = instant
        hub.advanceTime(toMilliseconds: instant)
    }
}
