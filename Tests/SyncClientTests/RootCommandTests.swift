import Foundation
import Model
import Testing

@testable import SyncClient

@Suite struct RootCommandTests {
    private let harness: CommandHarness

    init() throws { harness = try CommandHarness() }

    @Test func versionNamesBuildAndProtocol() async {
        let result = await harness.run("Nobody", "--version")
        #expect(result.status == 0)
        #expect(result.output == "waymark \(BuildVersion.text) (protocol 1)\n")
    }

    @Test(arguments: [
        ["--help"], ["help"], [], ["task", "--help"], ["task"], ["invite", "mentor", "--help"],
    ])
    func helpIsAResult(words: [String]) async {
        let result = await harness.run("Nobody", words)
        #expect(result.status == 0)
        #expect(result.output.contains("USAGE: waymark"))
        #expect(result.errors.isEmpty)
    }

    @Test(arguments: [["status", "--loud"], ["join"], ["task", "add", "x", "y"]])
    func wrongUsageIsToldOnBothWays(words: [String]) async {
        let result = await harness.run("Nobody", words + ["--json"])
        #expect(result.status == 64)
        #expect(result.errorCode == "usage")
        #expect(result.errors.hasPrefix("Error:"))
        #expect(result.errors.contains("Usage: waymark"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreScripts(shell: String) async {
        let result = await harness.run("Nobody", "completions", shell)
        #expect(result.status == 0)
        #expect(result.output.contains("waymark"))
    }

    @Test func commonOptionsMayStandInFront() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        let result = await harness.run(
            "Nobody", "--json", "--home", harness.home(of: "Mia"), "whoami")
        #expect(result.status == 0)
        #expect(try result.json["member"]["id"].string == mia.member.text)
        #expect(
            LeadingOptions.moved(["--home=x", "task", "add", "--", "-3"])
                == ["task", "add", "--home=x", "--", "-3"])
        #expect(LeadingOptions.moved(["--json"]) == ["--json"])
        #expect(LeadingOptions.moved(["--home"]) == ["--home"])
    }

    // MARK: Homes

    @Test func theHomeIsOptionThenEnvironmentThenDataFolder() throws {
        let environment = ["WAYMARK_HOME": "/a", "XDG_DATA_HOME": "/b", "HOME": "/c"]
        #expect(try HomeFolder.path("/x/../y", environment: environment) == "/y")
        #expect(try HomeFolder.path(nil, environment: environment) == "/a")
        #if os(Linux)
            #expect(
                try HomeFolder.path(nil, environment: ["XDG_DATA_HOME": "/b", "HOME": "/c"])
                    == "/b/waymark")
            #expect(
                try HomeFolder.path(nil, environment: ["XDG_DATA_HOME": "b", "HOME": "/c"])
                    == "/c/.local/share/waymark")
        #endif
        #expect(throws: CommandFailure.self) { try HomeFolder.path(nil, environment: [:]) }
    }

    @Test func anEmptyHomeIsNotTheDefaultOne() async {
        let option = await harness.run("Nobody", "status", "--home", "", "--json")
        #expect(option.status == 64)
        #expect(option.errorCode == "noHome")
        #expect(throws: CommandFailure.self) {
            try HomeFolder.path(nil, environment: ["WAYMARK_HOME": "", "HOME": "/c"])
        }
        #expect(await harness.run("Nobody", "export", "--to", "").status == 64)
    }

    /// That nobody may look into a folder does not mean that nothing is there.
    @Test func aFolderThatCannotBeReadIsNotCalledEmpty() async throws {
        let loop = harness.home(of: "Loop")
        try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
        let result = await harness.run("Loop", "status", "--json")
        #expect(result.status == 1)
        #expect(result.errorCode == "unreadable")
        #expect(await harness.run("Nobody", "status", "--json").errorCode == "noReplica")
    }

    // MARK: Names of commands

    @Test(arguments: [
        (["taks", "list", "--home", "/x"], "\"taks\"", "waymark task"),
        (["task", "lsit", "--all"], "\"lsit\"", "waymark task list"),
        (["help", "jurnal"], "\"jurnal\"", "waymark journal"),
        (["dance"], "\"dance\"", "waymark --help"),
        (["task", "dance"], "\"dance\"", "waymark task --help"),
        (["help", "nonsense"], "\"nonsense\"", "waymark --help"),
    ])
    func aWordThatIsNoCommandIsNamed(
        words: [String], named: String, suggested: String
    ) async throws {
        let result = await harness.run("Nobody", words + ["--json"])
        #expect(result.status == 64)
        #expect(result.errorCode == "usage")
        #expect(result.errors.contains(named))
        #expect(result.errors.contains(suggested))
        #expect(!result.errors.contains("option"))
    }

    @Test func nearestNamesComeFirst() {
        #expect(CommandNames.nearest(to: "book", among: ["booking", "bundle"]) == ["booking"])
        #expect(CommandNames.nearest(to: "tsak", among: ["task", "sync"]) == ["task"])
        #expect(CommandNames.nearest(to: "", among: ["task"]) == [])
        #expect(CommandNames.nearest(to: "xyzzy", among: ["task", "sync"]) == [])
    }

    // MARK: Texts with a dash in front

    private static let flags: Set<String> = ["--json", "--share", "--help", "--version"]

    @Test(arguments: [
        (["a", "- b", "--tag", "x"], ["a", "--tag", "x", "--", "- b"]),
        (["a", "--share", "- b", "c"], ["a", "--share", "--", "- b", "c"]),
        (["a", "--title", "-x", "--json"], ["a", "--title=-x", "--json"]),
        (["a", "--title", "-h"], ["a", "--title=-h"]), (["a", "-h"], ["a", "-h"]),
        (["a", "--title", "--- x"], ["a", "--title=--- x"]), (["a", "-"], ["a", "-"]),
        (["a", "-5", "--", "-b"], ["a", "--", "-5", "-b"]),
        (["a", "--from", "-3d"], ["a", "--from=-3d"]), (["a", "b"], ["a", "b"]),
        (["a", "--", "- b"], ["a", "--", "- b"]),
    ])
    func dashedTextsAreTexts(words: [String], expected: [String]) throws {
        #expect(try DashedText.protected(words, flags: Self.flags) == expected)
    }

    @Test func theFlagsAreThoseOfTheCommands() {
        let flags = DashedText.flags(of: SyncClient.self)
        #expect(flags.isSuperset(of: ["--json", "--share", "--review", "--stolen", "--help"]))
        #expect(flags.isDisjoint(with: ["--title", "--home", "--for"]))
    }

    @Test func textsWithADashInFrontAreSaved() async throws {
        let ben = try await harness.home(of: "Ben", as: .participant)
        let written = try await ben.json(
            "journal", "write", "- had breakfast", "--title", "-happy-", "--tag", "-h")
        #expect(written["body"].string == "- had breakfast")
        #expect(written["title"].string == "-happy-")
        #expect(written["tags"].items.map(\.string) == ["-h"])
        try await ben.expect(.success, "task", "add", "--", "-hm")
        #expect(try await ben.json("task", "list")[0]["title"].string == "-hm")
        let unclear = await ben.run(["journal", "write", "-hm", "--json"])
        #expect(unclear.status == 64)
        #expect(try unclear.json["error"]["hint"].string?.contains("-- -hm") == true)
        #expect(try await ben.json("journal", "list").items.count == 1)
    }

    @Test func wordsInAnotherEncodingAreRefused() async throws {
        let ben = try await harness.home(of: "Ben", as: .participant)
        let words = ["journal", "write", "--json"].map { Array($0.utf8) } + [[0x63, 0x61, 0xE9]]
        let result = await harness.run("Ben", bytes: words)
        #expect(result.status == 65)
        #expect(result.errorCode == "invalidText")
        #expect(try await ben.json("journal", "list").items.isEmpty)
    }

    @Test func namesThatNobodyCanSeeAreRefused() async throws {
        let ben = try await harness.home(of: "Ben", as: .participant)
        for text in ["\u{200B}", " \u{2060}\u{AD} ", "\u{200E}\u{FEFF}"] {
            try await ben.expect(.usage, "task", "add", text)
            try await ben.expect(.usage, "profile", "set", "--name", text)
        }
    }

    @Test func damageIsNoFaultOfTheProgram() {
        let failure = CommandFailure(describing: DecodingFailure.truncated)
        #expect(failure.code == "replicaDamaged")
        #expect(failure.exitCode == 1)
    }
}
