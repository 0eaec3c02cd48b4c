import Cryptography
import Foundation
import GRDB
import Model
import Testing

@testable import Replica

/// Whatever the disk does while the log is moved into the database: what was reported as failed is
/// not there, and what was not is.
@Suite struct CheckpointTests {
    private let folder =
        NSTemporaryDirectory() + "waymark-" + RandomBytes.generate(count: 8).hexadecimal
    /// More than the pages from which on a commit tries a checkpoint.
    private static let bytes = 5_000_000

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// A file with one table of our own.
    private func open(_ name: String, isShared: Bool) throws -> any DatabaseWriter {
        let writer = try ReplicaDatabase.open(path: "\(folder)/\(name)", isShared: isShared)
        try writer.write {
            try $0.execute(sql: "CREATE TABLE IF NOT EXISTS sample (number INTEGER, bytes BLOB)")
        }
        return writer
    }

    private func write(_ number: Int, bytes: Int, to writer: any DatabaseWriter) throws {
        try writer.write {
            try $0.execute(
                sql: "INSERT INTO sample VALUES (?, zeroblob(?))", arguments: [number, bytes])
        }
    }

    @Test(arguments: [false, true]) func failedCheckpointIsNoFailedCommit(isShared: Bool) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let disk = Disk(folder: folder, seed: 7)
        let undisturbed = try open("calm", isShared: isShared)
        let before = disk.operationCount
        try write(0, bytes: Self.bytes, to: undisturbed)
        let operations = disk.operationCount - before
        #expect(operations > 3 * Int(Checkpoints.pagesMax), "The log was not moved.")
        try undisturbed.close()

        var savedWithAFault = 0
        for sample in 0..<40 {
            let writer = try open("sample-\(sample)", isShared: isShared)
            let faultsBefore = disk.faultCount
            disk.arm(.ioError, after: operations * sample / 40, count: 1)
            let isSaved = (try? write(1, bytes: Self.bytes, to: writer)) != nil
            disk.disarm()
            let count = try writer.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sample") }
            #expect(count == (isSaved ? 1 : 0), "fault at \(operations * sample / 40)")
            if isSaved, disk.faultCount > faultsBefore { savedWithAFault += 1 }
            // Writing goes on.
            try write(2, bytes: 10, to: writer)
            try writer.close()
        }
        #expect(savedWithAFault > 0, "No fault met a checkpoint.")
    }

    @Test(arguments: [false, true]) func logStaysBounded(isShared: Bool) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let writer = try open("file", isShared: isShared)
        for number in 0..<30 { try write(number, bytes: 1_000_000, to: writer) }
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/file-wal")
        let size = try #require(attributes[.size] as? Int)
        #expect(size < 8_000_000, "\(size) bytes")
        try writer.close()
    }

    /// At whatever operation of a commit the program is killed: what the next one shows is there after
    /// a power cut, too.
    @Test(arguments: [false, true]) func whatIsShownAfterAKillOutlastsAPowerCut(
        isShared: Bool
    ) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let disk = Disk(folder: folder, seed: 7)
        func count(_ writer: any DatabaseWriter) throws -> Int? {
            try writer.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sample") }
        }
        var shown = 0
        for sample in 0..<100 {
            let name = "sample-\(sample)"
            let writer = try open(name, isShared: isShared)
            disk.arm(.killBefore, after: sample, count: 1)
            let isSaved = (try? write(1, bytes: 10_000, to: writer)) != nil
            guard disk.isDead else { break }
            try? writer.close()
            disk.restart(afterPowerCut: false)
            let second = try ReplicaDatabase.open(path: "\(folder)/\(name)", isShared: isShared)
            let before = try #require(try count(second))
            shown += before
            disk.kill()
            try? second.close()
            disk.restart(afterPowerCut: true)
            let third = try ReplicaDatabase.open(path: "\(folder)/\(name)", isShared: isShared)
            #expect(try count(third) == before, "killed at operation \(sample), \(isSaved)")
            try third.close()
        }
        #expect(shown > 0, "No transaction outlasted the end of its program.")
    }
}
