import Foundation
import GRDB
import Model
import TestSupport
import Wire

@testable import Replica
@testable import SyncServer

/// Work that travels on USB sticks: written and read on any laptop, in any order, twice, late, cut
/// short, and handed to the hub by whoever comes along.
extension Simulation {
    /// Sticks that lie about; an older one is overwritten.
    private static let sticksMax = 8

    /// Somebody writes a bundle, for the hub or for anybody.
    func writeBundle(on laptop: LaptopMachine, _ seed: inout Seed) throws {
        try writeBundle(
            on: laptop, for: seed.oneIn(3) ? nil : seed.pick(laptops).member, &seed)
    }

    /// The latest is the last of the sticks.
    private func writeBundle(
        on laptop: LaptopMachine, for reader: MemberID?, _ seed: inout Seed
    ) throws {
        var chance = seed
        try onLaptop(laptop) { replica in
            let now = laptop.clock.reading(at: time, &chance)
            var bundle: WrittenBundle?
            do {
                bundle =
                    try reader.map { try replica.bundle(for: $0, now: now) }
                    ?? replica.bundleForHub(now: now)
            } catch let error as ReplicaError {
                guard [.notJoined, .noReader].contains(error.reason) else { throw error }
            }
            guard !laptop.disk.isDead, var bytes = bundle?.bytes else { return }
            if chance.oneIn(6) {
                bytes.removeLast(chance.below(bytes.count))
                tally.note("bundle cut short")
            }
            if sticks.count == Self.sticksMax { sticks.remove(at: chance.below(sticks.count)) }
            sticks.append(bytes)
            note("  \(laptop.name): a bundle of \(bytes.count) bytes")
            tally.note(reader == nil ? "bundle for the hub" : "bundle for a member")
        }
    }

    /// Somebody reads what is on a stick; it stays there.
    func readBundle(on laptop: LaptopMachine, _ seed: inout Seed) throws {
        guard !sticks.isEmpty else { return }
        try read(seed.pick(sticks), on: laptop)
    }

    private func read(_ bytes: [UInt8], on laptop: LaptopMachine) throws {
        try onLaptop(laptop) { replica in
            let before = try replica.writer.read { try Meta($0).position() }
            var report = BundleReport()
            do {
                report = try replica.takeBundle(bytes)
            } catch is WireError {
                note("  \(laptop.name): nothing of the stick can be read")
                return
            }
            guard !laptop.disk.isDead else { return }
            let after = try replica.writer.read { try Meta($0).position() }
            note(
                "  \(laptop.name): \(report.changes) by stick, \(report.carried) carried, "
                    + "\(before) to \(after)")
            if report.changes > 0 { tally.note("work by stick") }
            if report.carried > 0 { tally.note("freight taken along") }
            if report.acknowledged > 0 { tally.note("receipt by stick") }
            if report.isForked, !laptop.isForked {
                throw Violation("forks", "\(laptop.name) takes itself for a copy")
            }
            // A copy that is fetched anew does without what it had.
            if report.isForked { laptop.lastPosition = .start }
            _ = try laptop.work.note(replica.ownWork())
            try look(at: laptop)
            guard try replica.takeBundle(bytes).changes == 0 else {
                throw Violation("bundles", "\(laptop.name) reads the same twice")
            }
        }
    }

    /// Somebody takes along what a few have for the hub, meets it, and brings back what it says.
    func makeRound(of courier: LaptopMachine, _ seed: inout Seed) throws {
        let visited = (0..<1 + seed.below(3)).map { _ in seed.pick(laptops) }
        for laptop in visited where laptop !== courier {
            try writeBundle(on: laptop, for: seed.oneIn(4) ? courier.member : nil, &seed)
            if let stick = sticks.last { try read(stick, on: courier) }
        }
        if seed.oneIn(4) { try sync(courier, &seed) }
        if !seed.oneIn(6) { try handOver(courier) }
        for laptop in visited where laptop !== courier {
            try writeBundle(on: courier, for: seed.oneIn(3) ? laptop.member : nil, &seed)
            if let stick = sticks.last { try read(stick, on: laptop) }
        }
        tally.note("courier's round")
    }

    /// Somebody meets the hub and hands over what others gave them.
    func handOver(_ laptop: LaptopMachine) throws {
        let freight = Freight(home: laptop.home)
        for parcel in freight.parcelsForHub() {
            let answer = try onHub { hub -> [UInt8]? in
                do {
                    return try hub.carry(parcel.encodedBytes, now: hubNow)
                } catch let error as HubError {
                    let ofTheParcel: [HubError.Reason] = [
                        .malformed, .unknownDevice, .badSignature, .tokenDamaged,
                    ]
                    guard ofTheParcel.contains(error.reason) else { throw error }
                    note("  the hub does not take it: \(error.code)")
                    return nil
                } catch is WireError {
                    return nil
                }
            }
            // The hub's disk failed: another time.
            guard let answer else { continue }
            if let answer { try freight.keep(Parcel(encodedBytes: answer)) }
            freight.remove(parcel)
            tally.note("freight handed over")
        }
    }
}

extension Replica {
    /// Whether it shows something of others on which the hub has not decided.
    func showsUndecidedWorkOfOthers() throws -> Bool {
        let device = identity.device
        return try writer.read { database in
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM section WHERE epoch IS NULL AND device <> ?)
                    """, arguments: [device.column]) ?? false
        }
    }
}
