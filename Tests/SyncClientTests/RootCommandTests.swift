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

    @Test(arguments: [["dance"], ["task", "dance"], ["status", "--loud"], ["join"]])
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
}
