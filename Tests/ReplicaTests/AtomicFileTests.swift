import Cryptography
import Foundation
import Model
import Testing
import Wire

@testable import Replica

@Suite struct AtomicFileTests {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "waymark-" + RandomBytes.generate(count: 8).hexadecimal
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Whatever lies beside it, one's own of the name with ".new" included.
    @Test func otherFilesStay() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let neighbour = folder + "/stick.new"
        try Data("precious".utf8).write(to: URL(fileURLWithPath: neighbour))
        try AtomicFile.write([1, 2, 3], to: folder + "/stick")
        #expect(FileManager.default.contents(atPath: neighbour) == Data("precious".utf8))
        #expect(FileManager.default.contents(atPath: folder + "/stick") == Data([1, 2, 3]))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(names) == ["stick", "stick.new"])
    }

    @Test func oneCharacterIsAName() throws {
        let working = FileManager.default.currentDirectoryPath
        let name = try #require(
            "abcdefghijklmnopqrstuvwxyz".map(String.init).first {
                !FileManager.default.fileExists(atPath: $0)
            })
        defer { unlink(working + "/" + name) }
        try AtomicFile.write([7], to: name)
        #expect(FileManager.default.contents(atPath: working + "/" + name) == Data([7]))
    }

    @Test func writersDoNotDisturbEachOther() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/file"
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for _ in 0..<20 {
                        try AtomicFile.write(
                            [UInt8](repeating: UInt8(writer), count: 9_000), to: path)
                    }
                }
            }
            try await group.waitForAll()
        }
        let bytes = try #require(FileManager.default.contents(atPath: path))
        #expect(bytes.count == 9_000)
        #expect(Set(bytes).count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }

    @Test(arguments: [
        ("a.json.0123abcd.new", true), (".dat.nosync1f.Ab", true), ("a.json.new", false),
        ("a.json.0123abc.new", false), ("a.json.0123abcx.new", false), ("b.0123abcd.new", false),
        ("a.json", false), ("0123abcd.new", false), (".new", false),
    ])
    func draftsAreKnownByTheirNames(name: String, isDraft: Bool) {
        #expect(AtomicFile.isDraft(name, of: ["a.json"]) == isDraft)
    }

    /// A draft that somebody still writes stays.
    @Test func draftsThatAreLeftBehindGo() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (left, written) = (folder + "/a.01234567.new", folder + "/a.89abcdef.new")
        for path in [left, written] { try Data([1]).write(to: URL(fileURLWithPath: path)) }
        let descriptor = open(written, O_RDWR)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        AtomicFile.removeDrafts(in: folder, of: ["a"])
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names == ["a.89abcdef.new"])
    }

    /// Writers and sweeps at once: every file comes to its place.
    @Test func sweepsDoNotDisturbWriters() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (folder, path) = (folder, folder + "/file")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for _ in 0..<50 {
                        try AtomicFile.write([UInt8(writer)], to: path, isDurable: false)
                    }
                }
                group.addTask {
                    for _ in 0..<50 { AtomicFile.removeDrafts(in: folder, of: ["file"]) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }

    @Test func bundlesReplaceBundlesAlone() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (bundle, other, pipe) = (folder + "/bundle", folder + "/other", folder + "/pipe")
        try AtomicFile.write(Parcel.magic + [0], to: bundle)
        try AtomicFile.write([1], to: other)
        try #require(mkfifo(pipe, 0o600) == 0)
        #expect(Parcel.mayReplace(fileAt: folder + "/none"))
        #expect(Parcel.mayReplace(fileAt: bundle))
        for path in [other, pipe, folder] { #expect(!Parcel.mayReplace(fileAt: path)) }
    }
}
