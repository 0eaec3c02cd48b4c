import Foundation
import GRDB
import Model
import TestSupport
import Testing

/// What a member may no longer read leaves the laptop at the next sync: rows, log, search index,
/// free pages and WAL.
@Suite(.serialized, .timeLimit(.minutes(15))) struct PurgeTests {
    @Test func nothingOfAnEndedMentorshipStaysInAnyFile() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        var seed = Seed(0xCA_4A_47)
        let words = (0..<8).map { _ in Self.canary(&seed) }
        try await Self.fill(people, words)
        try await people.carla("sync")
        try await people.ben("sync")
        try await people.carla("sync")
        #expect(try await people.ben("journal", "search", words[3]).items.count == 1)

        // Control: all of it is there before, so that the scan can find it.
        let identity = try await people.carla("whoami")
        let member = try #require(MemberID(text: identity["member"]["id"].string))
        let before = try people.ben.files()
        for (index, word) in words.enumerated() {
            #expect(Self.traces(of: word, in: before) != [], "canary \(index)")
        }
        let sections = try Self.openings(
            ofSectionsOf: .participant(member), in: people.ben.home + "/replica.sqlite")
        #expect(sections.count >= 2)
        for section in sections {
            #expect(before.contains { $0.bytes.range(of: section) != nil })
        }

        let mentorships = try await people.ben("mentorship", "list")
        let mentorship = try #require(
            mentorships.items.first { $0["participant"].string == member.text })
        try await people.ben("mentorship", "end", mentorship["id"].string)
        try await people.ben("sync")

        let after = try people.ben.files()
        #expect(!after.isEmpty)
        for (index, word) in words.enumerated() {
            #expect(Self.traces(of: word, in: after) == [], "canary \(index)")
        }
        for section in sections {
            #expect(!after.contains { $0.bytes.range(of: section) != nil })
        }
        #expect(try await people.ben("journal", "search", words[3]) == [])
        for laptop in people.all {
            try await laptop("sync")
            try await laptop.expectLevel()
        }
        // Carla keeps what is hers, and the other mentorship goes on.
        #expect(try await people.carla("task", "list").items.count == 2)
        try await people.ben("task", "add", "Go on", "--for", "david@example.org")
        try await programme.expectVerified()
        try await programme.stop()
    }

    /// The new mentor gets the history, the old one keeps to read what they had not sent yet.
    @Test func reassignmentMovesTheHistoryAndRejectsWhatComesTooLate() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let nina = try await programme.join(
            "Nina", programme.token(from: people.amina, "mentor", "nina@example.org"))
        let task = try await people.carla("task", "add", "Write")["id"].string
        for laptop in [people.carla, people.ben, people.amina] { try await laptop("sync") }

        try await people.ben("task", "edit", task, "--details", "Too late to be read.")
        let mentorships = try await people.amina("mentorship", "list")
        let carla = try await people.carla("whoami")["member"]["id"]
        let mentorship = try #require(
            mentorships.items.first { $0["participant"] == carla })
        try await people.amina("mentorship", "end", mentorship["id"].string)
        try await people.amina("mentorship", "assign", "Nina", "Carla")
        try await people.amina("sync")
        try await nina("sync")
        #expect(try await nina("task", "show", task)["title"] == "Write")

        let summary = try await people.ben("sync")
        #expect(summary["rejected"].items.map(\.["record"].string) == [task])
        let shown = try await people.ben.run(["task", "show", task, "--json"])
        #expect(shown.status == 1)
        let rejected = try await people.ben("rejected", "list")[0]
        #expect("\(rejected["values"])".contains("Too late to be read."))
        let file = programme.scratch.path("rejected.jsonl")
        try await people.ben("rejected", "export", "--to", file)
        #expect(try String(contentsOfFile: file, encoding: .utf8).contains("Too late to be read."))
        try await people.carla("sync")
        #expect(try await people.carla("task", "show", task)["details"] == .null)
        for laptop in people.all + [nina] {
            try await laptop("sync")
            try await laptop.expectLevel()
        }
        try await programme.expectVerified()
        try await programme.stop()
    }

    /// Puts a word into every kind of text that a mentor reads of a participant.
    private static func fill(_ people: Programme.People, _ words: [String]) async throws {
        try await people.carla("task", "add", words[0], "--details", "About \(words[1]).")
        let entry = try await people.carla(
            "journal", "write", "Today \(words[3]) came.", "--title", words[2], "--tag", words[4],
            "--share")
        #expect(entry["shared"] == true)
        try await people.carla("profile", "set", "--phone", words[5])
        try await people.ben(
            "task", "add", words[6], "--details", words[7], "--for", "carla@example.org")
    }

    /// Twenty letters: one word for the search index, too.
    private static func canary(_ seed: inout Seed) -> String {
        String((0..<20).map { _ in Character(Unicode.Scalar(UInt8(97 + seed.below(26)))) })
    }

    /// The files in which eight letters in a row of a word are found. A search index stores only
    /// the part of a word in which it differs from the one before.
    private static func traces(
        of word: String, in files: [(name: String, bytes: Data)]
    ) -> [String] {
        let letters = Array(word.utf8)
        let parts = (0...(letters.count - 8)).map { Data(letters[$0..<($0 + 8)]) }
        return files.filter { file in
            parts.contains { file.bytes.range(of: $0) != nil }
        }.map(\.name)
    }

    /// How the sections of a scope begin that a laptop holds: with sixteen random bytes. What
    /// follows may be compressed.
    private static func openings(ofSectionsOf scope: Scope, in file: String) throws -> [Data] {
        let queue = try DatabaseQueue(path: file)
        return try queue.read {
            try Data.fetchAll(
                $0,
                sql: """
                    SELECT substr(bytes, 1, 40) FROM section
                    JOIN scope ON scope.key = section.scope WHERE scope.id = ?
                    """, arguments: [Data(scope.bytes)])
        }
    }
}
