import Foundation
import Model
import Replica
import Testing

@testable import SyncServer

/// Making a hub from a backup, and from what is none.
@Suite struct RestoreTests {
    let harness: HubHarness
    private let backup: String
    private let target: HubFolder

    init() throws {
        harness = try HubHarness()
        _ = try harness.pair()
        backup = harness.folder + "/backup"
        _ = try harness.hub.backup(to: backup, now: harness.time)
        target = HubFolder(harness.folder + "/restored")
    }

    private func names(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    /// Expects one sentence about the file that was named, a hint, exit 65 and no trace.
    private func expectRefused(_ source: String, _ comment: Comment? = nil) throws {
        let before = try FileManager.default.subpathsOfDirectory(atPath: harness.folder).sorted()
        let failure = #expect(throws: HubError.self, comment) {
            try Hub.restore(from: source, to: target)
        }
        #expect(failure?.exitCode == 65, "\(source): \(failure?.message ?? "")")
        #expect(failure?.message.contains(source) == true, "\(failure?.message ?? "")")
        #expect(failure?.hint != nil)
        let after = try FileManager.default.subpathsOfDirectory(atPath: harness.folder).sorted()
        #expect(after == before, comment)
    }

    @Test func backupBecomesAHubAndNothingElseIsLeft() throws {
        let content = FileManager.default.contents(atPath: backup)
        let link = harness.folder + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: backup)
        let position = try Hub.restore(from: link, to: target)
        #expect(position == (try harness.hub.status().position))
        #expect(try names(target.path).filter { !$0.hasPrefix("hub.sqlite") } == ["hub.key"])
        #expect(try names(target.path).allSatisfy { !$0.contains(".new") })
        #expect(FileManager.default.contents(atPath: backup) == content)
        let hub = try Hub.open(target)
        #expect(try hub.verify().fault == nil)
        try hub.close()
    }

    @Test func whatIsNoFileIsRefused() throws {
        let pipe = harness.folder + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        for source in [harness.folder, harness.folder + "/hub", "/dev/zero", pipe] {
            try expectRefused(source)
        }
    }

    @Test func folderThatHoldsTheTargetIsNotCopiedIntoItself() throws {
        let inside = HubFolder(harness.folder + "/hub/inside")
        #expect(throws: HubError.self) {
            try Hub.restore(from: harness.folder + "/hub", to: inside)
        }
        #expect(!FileManager.default.fileExists(atPath: inside.path))
    }

    @Test func filesOfOthersAreRefused() throws {
        let text = harness.folder + "/text"
        try Data("This is no backup.\n".utf8).write(to: URL(fileURLWithPath: text))
        let empty = harness.folder + "/empty"
        try Data().write(to: URL(fileURLWithPath: empty))
        // A hub's own file, and a laptop's, are no backups, either.
        let replica = try harness.replica(.mentor, name: "ben")
        defer { withExtendedLifetime(replica) {} }
        let home = try #require(
            try names(harness.folder).first { $0.hasPrefix("ben-") })
        let laptop = harness.folder + "/laptop.sqlite"
        try FileManager.default.copyItem(
            atPath: "\(harness.folder)/\(home)/replica.sqlite", toPath: laptop)
        for source in [text, empty, laptop] { try expectRefused(source) }
    }

    @Test func damagedBackupIsRefusedWhileThereMayBeAnother() throws {
        let bytes = [UInt8](try #require(FileManager.default.contents(atPath: backup)))
        let damaged = harness.folder + "/damaged"
        for end in [100, 4096, bytes.count / 2, bytes.count - 4096, bytes.count - 1] {
            try Data(bytes.prefix(end)).write(to: URL(fileURLWithPath: damaged))
            try expectRefused(damaged, "cut at \(end)")
        }
        for name in ["section", "sqlite_autoindex_batch_1", "profile"] {
            try harness.damage(name, in: backup, to: damaged)
            try expectRefused(damaged, "\(name)")
        }
    }

    @Test func afterARefusalTheRightFileIsTaken() throws {
        try expectRefused(harness.folder + "/hub")
        _ = try Hub.restore(from: backup, to: target)
        try Hub.open(target).close()
    }

    // MARK: Folders that hold something

    private func put(_ content: Data, _ name: String) throws {
        try target.create()
        try content.write(to: URL(fileURLWithPath: target.path + "/" + name))
    }

    private var key: Data {
        get throws {
            try #require(FileManager.default.contents(atPath: harness.hub.folder.keyPath))
        }
    }

    @Test func restoreThatWasKilledIsDoneAgain() throws {
        try put(key, "hub.key")
        let draft = "hub.sqlite.0badcafe.new"
        for name in [draft, draft + "-wal", "tls.key.0badcafe.new"] {
            try put(Data("in clear".utf8), name)
        }
        // What is left of a log is not taken for the new database's.
        try put(Data(repeating: 7, count: 4096), "hub.sqlite-wal")
        let missing = #expect(throws: HubError.self) { try Hub.open(target) }
        #expect(missing?.reason == .notAHub)
        #expect(missing?.message.contains("broken off") == true)
        #expect(missing?.hint?.hasPrefix("Run waymark-hub restore --from FILE --data") == true)
        let position = try Hub.restore(from: backup, to: target)
        #expect(position == (try harness.hub.status().position))
        #expect(try names(target.path).filter { !$0.hasPrefix("hub.sqlite") } == ["hub.key"])
        #expect(try names(target.path).allSatisfy { !$0.contains(".new") })
        let hub = try Hub.open(target)
        #expect(try hub.verify().fault == nil)
        try hub.close()
    }

    @Test func keyOfAnotherHubIsLeftAsItIs() throws {
        let other = Data(repeating: 9, count: 32)
        try put(other, "hub.key")
        let failure = #expect(throws: HubError.self) { try Hub.restore(from: backup, to: target) }
        #expect(failure?.reason == .alreadyExists)
        #expect(try names(target.path) == ["hub.key"])
        #expect(FileManager.default.contents(atPath: target.keyPath) == other)
    }

    @Test func refusalLeavesTheKeyThatWasThere() throws {
        try put(key, "hub.key")
        // Damaged in its middle, so that the folder is looked at first.
        let damaged = harness.folder + "/damaged"
        try harness.damage("section", in: backup, to: damaged)
        try expectRefused(damaged)
        #expect(FileManager.default.contents(atPath: target.keyPath) == (try key))
    }

    @Test func folderInWhichAHubIsBeingMadeIsLeftAlone() throws {
        try target.create()
        guard let lock = try FolderLock.acquire(.hub, in: target.path) else {
            Issue.record("Nobody has it.")
            return
        }
        let attempts: [() throws -> Void] = [
            { _ = try Hub.restore(from: backup, to: target) },
            { try create() },
            { try Hub.open(target).close() },
        ]
        for attempt in attempts {
            let failure = #expect(throws: HubError.self) { try attempt() }
            #expect(failure?.reason == .inUse, "\(failure?.message ?? "")")
        }
        #expect(try names(target.path) == ["serve.lock"])
        lock.remove()
        try create()
        #expect(try !names(target.path).contains("serve.lock"))
        let second = #expect(throws: HubError.self) { try create() }
        #expect(second?.reason == .alreadyExists)
    }

    private func create() throws {
        try Hub.create(
            in: target, name: "N", url: "https://localhost:8470", isBehindProxy: true
        ).close()
    }

    @Test func leftoversGoWhenTheHubIsServed() throws {
        _ = try Hub.restore(from: backup, to: target)
        let before = try names(target.path)
        for name in ["hub.sqlite.0badcafe.new", "hub.sqlite.new-shm", "hub.key.0badcafe.new"] {
            try put(Data([1]), name)
        }
        try put(Data([1]), "backup.0badcafe.new")
        try target.lockForServing().remove()
        #expect(try names(target.path) == (before + ["backup.0badcafe.new"]).sorted())
    }

    // MARK: Files that were spoilt

    /// SQLite would remove the log beside an empty file.
    @Test func emptiedDatabaseIsToldAndItsLogKept() throws {
        _ = try Hub.restore(from: backup, to: target)
        try put(Data(), "hub.sqlite")
        try put(Data(repeating: 7, count: 64), "hub.sqlite-wal")
        let failure = #expect(throws: HubError.self) { try Hub.open(target) }
        #expect(failure?.message == "The hub's database is empty: \(target.databasePath)")
        #expect(failure?.hint?.contains("waymark-hub restore") == true)
        #expect(FileManager.default.contents(atPath: target.databasePath) == Data())
        #expect(FileManager.default.contents(atPath: target.databasePath + "-wal")?.count == 64)
    }

    @Test func databaseOfNobodyIsNotCalledAnotherHubs() throws {
        try put(key, "hub.key")
        try HubDatabase(path: target.databasePath).close()
        let failure = #expect(throws: HubError.self) { try Hub.open(target) }
        #expect(failure?.message.contains("is empty") == true)
    }

    /// Whoever runs the tests may read every file, but nobody reads a folder as one.
    @Test func keyThatCannotBeReadIsNotCalledMissing() throws {
        _ = try Hub.restore(from: backup, to: target)
        unlink(target.keyPath)
        try FileManager.default.createDirectory(
            atPath: target.keyPath, withIntermediateDirectories: false)
        let failure = #expect(throws: ReplicaError.self) { try Hub.open(target) }
        #expect(failure?.hubError.message == "The key file \(target.keyPath) cannot be read.")
        #expect(failure?.hubError.hint?.contains("owner") == true)
    }

    // MARK: What is said of a recovery

    @Test func endOfARecoveryNamesWhoIsMissing() throws {
        _ = try Hub.restore(from: backup, to: target)
        let hub = try Hub.open(target)
        defer { try? hub.close() }
        let before = RecoveryDocument(try hub.recoveryStatus())
        #expect(before.recovering)
        #expect(before.missing.count == 2)
        let caution = try #require(RecoveryCommand.End.caution(before))
        #expect(caution.hasPrefix("2 of 2 laptops have not synced"))
        for device in before.missing { #expect(caution.contains(device.id.prefix(8))) }
        #expect(before.text.contains("Not yet heard of:"))
        try hub.endRecovery(now: harness.time)
        let after = RecoveryDocument(try hub.recoveryStatus())
        #expect(RecoveryCommand.End.caution(after) == nil)
    }

    @Test func hubThatBeganAnewWithItsKeyDoesNotSayThatAllIsWell() throws {
        try put(key, "hub.key")
        try create()
        let hub = try Hub.open(target)
        defer { try? hub.close() }
        let anew = RecoveryDocument(try hub.recoveryStatus())
        #expect(!anew.recovering)
        #expect(anew.begunAnew)
        #expect(anew.text.contains("It began anew"))
        let other = RecoveryDocument(try harness.hub.recoveryStatus())
        #expect(!other.begunAnew)
        #expect(other.text == "The hub is in no recovery and never was.")
    }
}

extension HubHarness {
    /// Copies a file and changes the last byte of the first page of a table or an index in it.
    func damage(_ name: String, in file: String, to copy: String) throws {
        let page = try hub.database.read { store in
            try store.texts("SELECT rootpage || '' FROM sqlite_schema WHERE name = '\(name)'")
        }
        guard let number = page.first.flatMap({ Int($0) }),
            var bytes = FileManager.default.contents(atPath: file)
        else { throw CocoaError(.fileReadUnknown) }
        let size = Int(bytes[16]) << 8 | Int(bytes[17])
        // The number of cells: no page has so many.
        let place = (number - 1) * size + (name.hasPrefix("sqlite_") ? size - 1 : 3)
        bytes[place] ^= 0x55
        try bytes.write(to: URL(fileURLWithPath: copy))
    }
}
