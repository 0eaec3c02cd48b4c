import Cryptography
import Foundation
import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// A mentor, her participant, and another participant who may read nothing of hers, all level with
/// the hub; and what tests of bundles do with them.
struct BundleProgramme {
    let programme: Programme
    let mia: Programme.Laptop
    let pia: Programme.Laptop
    /// Another participant, who may read nothing of Pia's.
    let cora: Programme.Laptop
    static let canary = "Kanarienvogel7319"

    init() async throws {
        programme = try Programme()
        mia = try programme.join("Mia", as: .mentor)
        pia = try programme.join("Pia", as: .participant)
        cora = try programme.join("Cora", as: .participant)
        for laptop in [mia, pia, cora] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        for laptop in [mia, pia, cora] { try await programme.sync(laptop) }
    }

    @discardableResult
    func add(_ title: String, on laptop: Programme.Laptop) throws -> RecordID {
        try programme.addTask(title, by: laptop, for: pia)
    }

    func edit(
        _ task: RecordID, _ title: String, on laptop: Programme.Laptop
    ) throws {
        try laptop.replica.act("task edit", at: programme.now(laptop)) { action in
            try action.set(
                Fields.Task.title, of: task, Schema.task, in: .participant(pia.member),
                to: .text(title))
        }
    }

    func erase(_ task: RecordID, on laptop: Programme.Laptop) throws {
        try laptop.replica.act("erase", at: programme.now(laptop), isUndoable: false) { action in
            try action.erase(task, Schema.task, in: .participant(pia.member))
        }
    }

    func titles(on laptop: Programme.Laptop) throws -> [String] {
        try programme.titles(on: laptop)
    }

    func unsent(on laptop: Programme.Laptop) throws -> Int {
        try laptop.replica.read { try $0.status() }.unsentChanges
    }

    func conflicts(on laptop: Programme.Laptop) throws -> Int {
        try laptop.replica.read { try $0.openConflictCount() }
    }

    func bundle(
        of laptop: Programme.Laptop, for reader: Programme.Laptop? = nil
    ) throws -> [UInt8] {
        let now = programme.now(laptop)
        let written =
            try reader.map { try laptop.replica.bundle(for: $0.member, now: now) }
            ?? laptop.replica.bundleForHub(now: now)
        return written.bytes
    }

    @discardableResult
    func read(
        _ bytes: [UInt8], on laptop: Programme.Laptop
    ) async throws -> BundleReport {
        try await laptop.replica.readBundle(bytes)
    }

    func seenBeyond(on laptop: Programme.Laptop) throws -> [DeviceNumber] {
        try laptop.replica.writer.read { database in
            let store = StoreTransaction(database)
            return try store.seen(in: store.scope(.participant(pia.member))).beyond
        }
    }

    func expectSame(_ laptops: Programme.Laptop...) throws {
        let hub = try Standing.of(programme.hub)
        for laptop in laptops {
            let wanted = hub.restricted(to: try programme.readableScopes(of: laptop.member))
            #expect(try Standing.of(laptop) == wanted, "\(laptop.name)")
            #expect(try laptop.replica.examine().faults.isEmpty, "\(laptop.name)")
            let status = try laptop.replica.read { try $0.status() }
            #expect(status.unsentChanges == 0)
            #expect(status.account.waiting == 0)
        }
        #expect(try programme.hub.verify().fault == nil)
    }

    func expectSound(_ laptops: Programme.Laptop...) throws {
        for laptop in laptops {
            #expect(try laptop.replica.examine().faults.isEmpty, "\(laptop.name)")
        }
    }

    /// Files in which words stand that only Pia and her mentor may read. What is carried must not
    /// name her either; elsewhere her member's id stands for everybody, after bytes of any value, so
    /// that a scope of hers cannot be told from it.
    func filesWithCanary(of laptop: Programme.Laptop) throws -> [String] {
        let words = [Self.canary, Self.canary.lowercased()].map { Data($0.utf8) }
        let home = laptop.replica.home
        let names = try #require(FileManager.default.enumerator(atPath: home))
        return names.compactMap { $0 as? String }.filter { name in
            guard let data = FileManager.default.contents(atPath: "\(home)/\(name)") else {
                return false
            }
            let needles = name.hasPrefix("freight") ? words + [Data(pia.member.bytes)] : words
            return needles.contains { data.range(of: $0) != nil }
        }
    }
}
