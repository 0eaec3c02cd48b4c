import Foundation
import GRDB
import Model
import Testing

@testable import SyncClient

@Suite struct ExportCommandTests {
    private let harness: CommandHarness
    private let ben: MemberHome

    init() async throws {
        harness = try CommandHarness()
        ben = try await harness.home(of: "Ben", as: .participant)
    }

    private func lines(_ folder: String, _ name: String) throws -> [JSONRead] {
        try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            .split(separator: "\n").map { JSONRead(String($0)) }
    }

    @Test func everythingIsWrittenWithoutTheHub() async throws {
        harness.transport.become(.cut)
        try await ben.expect(.success, "task", "add", "Read “it”", "--due", "2026-06-09 12:00")
        try await ben.expect(.success, "journal", "write", "Dear diary", "--title", "One")
        let folder = harness.path("export")
        let document = try await ben.json("export", "--to", folder)
        let files = document["files"].items.compactMap(\.string)
        #expect(
            Set(files).isSuperset(of: [
                "profile.jsonl", "task.jsonl", "journalEntry.jsonl", "journal.md",
                "manifest.json",
            ]))
        let onDisk = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(onDisk) == Set(files))
        let task = try #require(try lines(folder, "task.jsonl").first)
        #expect(task["title"].string == "Read “it”")
        #expect(task["status"].string == "open")
        #expect(task["due"].string == "2026-06-09T12:00:00Z")
        #expect(task["scope"]["kind"].string == "participant")
        let journal = try String(contentsOfFile: "\(folder)/journal.md", encoding: .utf8)
        #expect(journal.contains("Dear diary"))

        let manifest = try #require(try lines(folder, "manifest.json").first)
        #expect(manifest["member"].string == ben.member.text)
        #expect(manifest["records"].int == document["records"].int)
        for file in manifest["files"].items {
            let name = try #require(file["name"].string)
            let size = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size]
            #expect(size as? Int == file["bytes"].int)
        }
    }

    @Test func nothingIsWrittenOverOrHalf() async throws {
        let folder = harness.path("taken")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try await ben.expect(.success, "export", "--to", folder)
        let again = await harness.run("Ben", "export", "--to", folder, "--json")
        #expect(again.status == 1)
        #expect(again.errorCode == "fileExists")
        let nowhere = await harness.run("Ben", "export", "--to", "/proc/none/export", "--json")
        #expect(nowhere.status == 1)
        let names = try FileManager.default.contentsOfDirectory(atPath: harness.folder)
        #expect(!names.contains { $0.hasSuffix(".part") })
    }

    // MARK: Doctor

    @Test func aSoundReplicaIsFoundSound() async throws {
        try await ben.expect(.success, "task", "add", "Read")
        let document = try await ben.json("doctor")
        #expect(document["ok"].bool == true)
        #expect(document["faults"].items.isEmpty)
        #expect(document["changes"].int ?? 0 > 0)
        let rebuilt = try await ben.json("doctor", "--rebuild")
        #expect(rebuilt["ok"].bool == true)
        #expect(try await ben.json("task", "list").items.count == 1)
    }

    @Test func aFileThatIsNoDatabaseIsAFinding() async throws {
        try Data("hello".utf8).write(
            to: URL(fileURLWithPath: harness.home(of: "Ben") + "/replica.sqlite"))
        let result = await harness.run("Ben", "doctor", "--json")
        #expect(result.status == 1)
        #expect(try result.json["ok"].bool == false)
        #expect(try result.json["faults"][0]["kind"].string == "file")
        let other = await harness.run("Ben", "task", "list", "--json")
        #expect(other.status == 1)
        #expect(other.errorCode == "replicaDamaged")
    }

    /// What was saved can be read and taken out all the same.
    @Test func aMissingKeyIsAFinding() async throws {
        try await ben.expect(.success, "task", "add", "Unsent")
        try FileManager.default.removeItem(atPath: harness.home(of: "Ben") + "/device.key")
        let result = await harness.run("Ben", "doctor", "--json")
        #expect(result.status == 1)
        #expect(try result.json["faults"][0]["kind"].string == "key")
        #expect(try await ben.json("task", "list").items.count == 1)
        let folder = harness.path("export")
        try await ben.expect(.success, "export", "--to", folder)
        #expect(try lines(folder, "task.jsonl").first?["title"].string == "Unsent")
        #expect(await harness.run("Ben", "sync", "--json").errorCode == "badKey")
        #expect(await harness.run("Ben", "doctor", "--rebuild").status == 1)
        #expect(await harness.run("Ben", "task", "add", "More", "--json").errorCode == "badKey")
    }

    /// A damaged page costs what lies on it.
    @Test func exportOfADamagedFileSavesTheRest() async throws {
        try await ben.expect(.success, "task", "add", "Lost")
        try await ben.expect(.success, "journal", "write", "Dear diary")
        let path = harness.home(of: "Ben") + "/replica.sqlite"
        let page = try await DatabaseQueue(path: path).read { database in
            try #require(
                try Int.fetchOne(
                    database, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'task'"))
        }
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: UInt64(page - 1) * 4096)
        try file.write(contentsOf: Data(count: 4096))
        try file.close()
        let folder = harness.path("export")
        let result = await harness.run("Ben", "export", "--to", folder, "--json")
        #expect(result.status == 1)
        #expect(try result.json["damaged"].items.compactMap(\.string) == ["task"])
        let journal = try String(contentsOfFile: "\(folder)/journal.md", encoding: .utf8)
        #expect(journal.contains("Dear diary"))
    }
}
