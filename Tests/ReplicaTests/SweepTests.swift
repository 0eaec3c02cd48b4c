import Cryptography
import Foundation
import GRDB
import Model
import TestSupport
import Testing

@testable import Replica

/// What a purge leaves in the bytes of a replica's file: nothing.
@Suite struct SweepTests {
    private let folder = Folder()
    private static let keptScope: Int64 = 1
    private static let lostScope: Int64 = 2

    private final class Folder {
        let path =
            NSTemporaryDirectory() + "waymark-" + RandomBytes.generate(count: 8).hexadecimal

        func make() throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func open() throws -> (writer: any DatabaseWriter, path: String) {
        try folder.make()
        let path = folder.path + "/replica.sqlite"
        return (try ReplicaDatabase.open(path: path, isShared: false), path)
    }

    /// SQLite moves rows between pages as they come and go, and `secure_delete` overwrites a row only
    /// where it lies last.
    @Test func rowsThatMovedLeaveNothingBehind() throws {
        let (writer, path) = try open()
        var seed = Seed(7)
        var needles: [Int64: [Data]] = [:]
        try writer.write { database in
            for _ in 0..<2000 {
                let scope = seed.oneIn(2) ? Self.keptScope : Self.lostScope
                let needle = Data(seed.bytes(16))
                needles[scope, default: []].append(needle)
                try database.execute(
                    sql: """
                        INSERT INTO foreignRecord
                            (id, scope, life, createdAt, updatedAt, cells, entity)
                        VALUES (?, ?, 0, 0, 0, ?, 9999)
                        """,
                    arguments: [
                        Data(seed.bytes(16)), scope,
                        needle + Data(repeating: 1, count: 20 + seed.below(900)),
                    ])
            }
        }
        try writer.write { database in
            try database.execute(
                sql: "DELETE FROM foreignRecord WHERE scope = ?", arguments: [Self.lostScope])
            try Meta(database).notePurge()
        }
        try ReplicaDatabase.sweep(writer)
        #expect(try writer.read { try Meta($0).sweeping() } == .done)
        try writer.close()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        func found(_ scope: Int64) -> Int {
            (needles[scope] ?? []).count { bytes.range(of: $0) != nil }
        }
        #expect(found(Self.lostScope) == 0)
        #expect(found(Self.keptScope) == needles[Self.keptScope]?.count)
    }

    /// What is removed while a sweep goes on is not taken for swept.
    @Test func purgeDuringASweepIsSweptToo() throws {
        let (writer, _) = try open()
        try writer.write { database in
            let meta = Meta(database)
            try meta.set(sweeping: .rewriting)
            try meta.notePurge()
            try meta.advance(from: .rewriting, to: .rewritten)
            #expect(try meta.sweeping() == .needed)
        }
        // A program that ended while it wrote the file anew leaves it all to do.
        try writer.write { try Meta($0).set(sweeping: .rewriting) }
        try ReplicaDatabase.sweep(writer)
        #expect(try writer.read { try Meta($0).sweeping() } == .done)
    }
}
