import Foundation
import Model
import Testing

@testable import SyncClient

@Suite struct JournalImportTests {
    private let programme: CommandHarness
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        ana = try await programme.home(of: "Ana", as: .participant)
    }

    private func file(_ name: String, _ text: String) throws -> String {
        let path = programme.path(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private static let lines = """
        {"date": "1660-01-11", "body": "Jan. 1st (Lord’s day).", "extra": [1]}
        {"date": "1660-01-12", "body": "2nd.", "title": "East", "tags": ["sack", "wine"]}

        """

    @Test func importingTwiceAddsNothing() async throws {
        let path = try file("a.jsonl", Self.lines)
        let first = try await ana.json("journal", "import", path)
        #expect(first["imported"].int == 2)
        #expect(first["skipped"].int == 0)
        #expect(first["failed"].items.isEmpty)
        let again = try await ana.json("journal", "import", path)
        #expect(again["imported"].int == 0)
        #expect(again["skipped"].int == 2)
        let entries = try await ana.json("journal", "list")
        #expect(entries.items.map { $0["date"].string } == ["1660-01-12", "1660-01-11"])
        #expect(entries[0]["tags"].items.map(\.string) == ["sack", "wine"])
        #expect(entries[0]["title"].string == "East")
    }

    @Test func sharedEntriesAreNotImportedAgain() async throws {
        let path = try file("a.jsonl", Self.lines)
        try await ana.json("journal", "import", path)
        let id = try #require(try await ana.json("journal", "list")[0]["id"].string)
        try await ana.json("journal", "share", id)
        #expect(try await ana.json("journal", "import", path)["skipped"].int == 2)
    }

    @Test func undoTakesTheWholeImportBack() async throws {
        let path = try file("a.jsonl", Self.lines)
        try await ana.json("journal", "import", path)
        try await ana.expect(.success, "undo")
        #expect(try await ana.json("journal", "list").items.isEmpty)
        #expect(try await ana.json("journal", "import", path)["imported"].int == 2)
    }

    @Test func brokenLinesAreListedAndGoodOnesGoIn() async throws {
        let path = try file(
            "a.jsonl",
            """
            {"date": "1660-01-11", "body": "good"}
            not json
            {"date": "11 January", "body": "x"}
            {"body": "no date"}
            {"date": "1660-01-12"}
            {"date": "1660-01-12", "body": "  "}

            {"date": "1660-01-12", "body": 7}
            {"date": "1660-01-12", "body": "x", "tags": "none"}
            ["date", "body"]
            {"date": "1660-01-13", "body": "good, too"}
            """)
        let result = try await ana.json("journal", "import", path)
        #expect(result["imported"].int == 2)
        #expect(result["failed"].items.map { $0["line"].int } == [2, 3, 4, 5, 6, 8, 9, 10])
        #expect(result["failed"].items.allSatisfy { $0["reason"].string?.last == "." })
        let text = try await ana.expect(.success, "journal", "import", path)
        #expect(text.errors.contains("line 2: The line is not a JSON object."))
    }

    @Test func fileWithoutAnyEntryIsBadData() async throws {
        let path = try file("a.jsonl", "nothing\nof use\n")
        let run = await ana.run(["journal", "import", path, "--json"])
        #expect(run.status == 65)
        #expect(try run.json["error"]["code"].string == "unreadableFile")
        try await ana.expect(.badData, "journal", "import", programme.path("missing.jsonl"))
        let empty = try file("empty.jsonl", "")
        #expect(try await ana.json("journal", "import", empty)["imported"].int == 0)
    }

    @Test func linesThatAreNoTextAreNamed() async throws {
        let path = programme.path("a.jsonl")
        let broken = Data(#"{"date": "1660-01-11", "body": ""#.utf8) + [0xFF] + Data(#""}"#.utf8)
        try (broken + Data("\n\(Self.lines)".utf8)).write(to: URL(fileURLWithPath: path))
        let result = try await ana.json("journal", "import", path)
        #expect(result["imported"].int == 2)
        #expect(result["failed"][0]["reason"].string == "The line is not valid UTF-8.")
    }

    @Test func fileComesFromStandardInput() async throws {
        let result = try await ana.json("journal", "import", "-", input: Self.lines)
        #expect(result["imported"].int == 2)
    }

    @Test(arguments: ["jsonl", "md"])
    func exportedJournalComesBackTheSame(_ suffix: String) async throws {
        let bodies = [
            "One line.", "Two\nlines\n\nwith a gap", "---", "a\n---\ndate: 1999-01-01\n---\nb",
            "\\---\n\\\\---", "Tab\tand “quotes”, \"straight\", \\ and \u{2028} inside", "- a\n- b",
        ]
        for (index, body) in bodies.enumerated() {
            var arguments = ["journal", "write", "-", "--date", "2026-01-0\(index + 1)"]
            if index == 1 { arguments += ["--title", "With: colon, \"quotes\" and #"] }
            if index == 2 { arguments += ["--tag", "a, b", "--tag", "[c]", "--tag", "plain"] }
            #expect(await ana.run(arguments, input: body).status == 0)
        }
        let path = programme.path("journal.\(suffix)")
        let exported = try await ana.json("journal", "export", "--to", path)
        #expect(exported["exported"].int == bodies.count)
        // One's own journal is there already, in the same words.
        #expect(try await ana.json("journal", "import", path)["skipped"].int == bodies.count)
        let ben = try await programme.home(of: "Ben", as: .participant)
        let imported = try await ben.json("journal", "import", path)
        #expect(imported["imported"].int == bodies.count)
        #expect(imported["failed"].items.isEmpty)
        let entries = try await ben.json("journal", "list").items.reversed()
        #expect(entries.map { $0["body"].string } == bodies)
        let original = try await ana.json("journal", "list").items.reversed()
        #expect(entries.map { $0["title"].string } == original.map { $0["title"].string })
        #expect(
            entries.map { $0["tags"].items.map(\.string) }
                == original.map { $0["tags"].items.map(\.string) })
    }

    /// Read, written and read again, a text is the same; so nothing is imported twice.
    @Test func carriageReturnsAtLineEndsGoAtOnce() throws {
        let text = "---\r\ndate: 2026-03-01\r\n---\r\nFirst.\r\r\r\n\r\nSecond.\rAnd more.\r\r\n"
        let content = JournalMarkdown.read(Data(text.utf8))
        #expect(content.failures.isEmpty)
        #expect(content.drafts.map(\.body) == ["First.\n\nSecond.\rAnd more."])
    }

    @Test func markdownWrittenByHandIsRead() async throws {
        let path = try file(
            "diary.md",
            """

            ---
            Date: 2026-03-01
            tags: fire, work
            title: 'Quoted' in its own way
            ---
            First.

            ---

            Still the first, below a rule.
            ---
            date: 2026-03-02
            ---

            Second.
            ---
            title: no date
            ---
            Third.
            """)
        let result = try await ana.json("journal", "import", path)
        #expect(result["imported"].int == 2)
        #expect(result["failed"].items.map { $0["line"].int } == [17])
        let first = try await ana.json("journal", "list")[1]
        #expect(first["body"].string == "First.\n\n---\n\nStill the first, below a rule.")
        #expect(first["tags"].items.map(\.string) == ["fire", "work"])
        #expect(first["title"].string == "'Quoted' in its own way")
    }

    @Test func exportGoesToStandardOutputAsOneFormat() async throws {
        try await ana.json("journal", "import", "-", input: Self.lines)
        let lines = try await ana.expect(.success, "journal", "export")
        #expect(lines.output.split(separator: "\n").count == 2)
        let markdown = try await ana.expect(
            .success, "journal", "export", "--format", "markdown")
        #expect(markdown.output.hasPrefix("---\ndate: 1660-01-11\n---\n\nJan. 1st"))
        #expect(try await ana.json("journal", "export").items.count == 2)
        try await ana.expect(
            .refused, "journal", "export", "--to", programme.path("no/such/folder.jsonl"))
    }

    @Test func thousandsOfEntriesAreImportedAndSynced() async throws {
        let text = String(repeating: "A long day with many words in it, 3 pounds 4. ", count: 30)
        let lines = (0..<3_000).map { #"{"date":"1665-06-01","body":"\#($0) \#(text)"}"# }
        let path = try file("large.jsonl", lines.joined(separator: "\n"))
        #expect(try await ana.json("journal", "import", path)["imported"].int == 3_000)
        try await ana.sync()
        let status = try await ana.json("status")
        #expect(status["unsent"]["changes"].int == 0)
    }
}
