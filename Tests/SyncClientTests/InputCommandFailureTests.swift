import ArgumentParser
import Testing

@testable import SyncClient

private struct Root: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "waymark", version: "1.0")

    @Argument var title: String
    @Option var rating: Int = 1

    func validate() throws {
        if rating > 5 { throw CommandFailure(.usage, "A rating is 1 to 5.", hint: "Give 5.") }
    }
}

@Suite struct InputCommandFailureTests {
    private func failure(_ arguments: [String]) -> CommandFailure? {
        do {
            _ = try Root.parseAsRoot(arguments)
            return nil
        } catch {
            return CommandFailure(error, of: Root.self)
        }
    }

    @Test(arguments: [
        (CommandFailure.Kind.refused, 1 as Int32), (.usage, 64), (.badData, 65),
        (.unreachable, 69), (.internalError, 70), (.notAllowed, 77),
    ])
    func exitCodesAreTheContract(kind: CommandFailure.Kind, exitCode: Int32) {
        #expect(CommandFailure(kind, "No.").exitCode == exitCode)
        #expect(CommandFailure(kind, "No.").code == String(describing: kind))
    }

    @Test func aFailureIsAnErrorAndAHint() {
        let failure = CommandFailure(
            .refused, code: "invitationUsed",
            "The invitation 7f3a was redeemed on another device.",
            hint: "Ask an admin for a new one; your unsent entries are kept.")
        #expect(
            failure.text.plain == """
                Error: The invitation 7f3a was redeemed on another device.
                Hint: Ask an admin for a new one; your unsent entries are kept.

                """)
        #expect(
            failure.json.serialized
                == #"{"error":{"code":"invitationUsed","message":"The invitation 7f3a was "#
                + #"redeemed on another device.","hint":"Ask an admin for a new one; your "#
                + #"unsent entries are kept."}}"#)
        #expect(
            CommandFailure(.refused, "No.").json.serialized
                == #"{"error":{"code":"refused","message":"No.","hint":null}}"#)
    }

    @Test func aFailureEscapesWhatItQuotes() {
        #expect(
            CommandFailure(.usage, "\"\u{1B}[2J\" is wrong.").text.plain
                == "Error: \"\\u{1B}[2J\" is wrong.\n")
    }

    @Test func anUnforeseenErrorKeepsItsTextInside() {
        struct Secret: Error { let words = "dear diary" }
        let failure = CommandFailure(describing: Secret())
        #expect(failure.exitCode == 70)
        #expect(!failure.text.plain.contains("diary"))
        #expect(failure.hint?.contains("Secret") == true)
        #expect(CommandFailure(describing: CancellationError()).code == "interrupted")
    }

    @Test func errorsThatKnowTheirFailureAreAsked() {
        struct Known: CommandFailureConvertible {
            var commandFailure: CommandFailure { CommandFailure(.notAllowed, "No.") }
        }
        #expect(CommandFailure(describing: Known()).exitCode == 77)
        #expect(CommandFailure(Known(), of: Root.self)?.exitCode == 77)
    }

    @Test func whatTheParserRefusesIsWrongUsage() {
        let missing = failure([])
        #expect(missing?.exitCode == 64)
        #expect(missing?.message == "Missing expected argument '<title>'.")
        #expect(missing?.hint == "Usage: waymark <title> [--rating <rating>]")
        let unknown = failure(["x", "--wrong"])
        #expect(unknown?.message == "Unknown option '--wrong'.")
        #expect(
            unknown?.hint == """
                Usage: waymark <title> [--rating <rating>]
                See 'waymark --help' for more information.
                """)
        #expect(failure(["x", "--rating", "many"])?.exitCode == 64)
    }

    @Test func aFailureOfValidateIsWrongUsage() {
        let failure = failure(["x", "--rating", "6"])
        #expect(failure?.exitCode == 64)
        #expect(failure?.message == "A rating is 1 to 5.")
    }

    @Test func helpAndVersionAreNoFailures() {
        #expect(failure(["--help"]) == nil)
        #expect(failure(["--version"]) == nil)
        #expect(CommandFailure(ExitCode(1), of: Root.self) == nil)
        #expect(CommandFailure(CleanExit.message("Done."), of: Root.self) == nil)
    }
}
