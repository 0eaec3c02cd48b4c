import Foundation
import GRDB
import Model
import TestSupport

@testable import Replica

/// Laptops that come back from an old copy of their files, or of which there are two.
extension Simulation {
    /// How many laptops there may be.
    static let laptopsMax = 12

    /// Copies a laptop's files away while nothing runs on it.
    func backUp(_ laptop: LaptopMachine) throws {
        guard try close(laptop) else { return }
        let copy = laptop.home + ".backup"
        try? FileManager.default.removeItem(atPath: copy)
        try FileManager.default.copyItem(atPath: laptop.home, toPath: copy)
        laptop.backup = copy
        tally.note("laptop backed up")
    }

    /// Lets a later program open a laptop's files, which works its tables out anew from the log.
    func update(_ laptop: LaptopMachine) throws {
        guard try close(laptop) else { return }
        try onLaptop(laptop) { replica in
            try replica.writer.write { try Meta($0).set(.schemaVersion, integer: 0) }
            let before = try Standing.of(replica)
            laptop.close()
            let after = try Standing.of(laptop.opened())
            guard after == before else {
                throw Violation(
                    "update",
                    "\(laptop.name) shows something else after it: \(before.difference(from: after))"
                )
            }
        }
        tally.note("laptop updated")
    }

    /// Some machines run the version after this one from the start.
    func beginWithLaterVersions() throws {
        var seed = Seed(course.seed &+ 0x1A7E)
        if seed.oneIn(2) { try getLaterVersionOfHub() }
        for laptop in laptops where seed.oneIn(3) { try getLaterVersion(of: laptop) }
    }

    /// Gives a laptop the programs of the version after this one.
    func getLaterVersion(of laptop: LaptopMachine) throws {
        guard !laptop.hasLaterVersion, try close(laptop) else { return }
        laptop.hasLaterVersion = true
        try onLaptop(laptop) { _ in note("  \(laptop.name): a later version") }
        tally.note("laptop with a later version")
    }

    /// Gives the hub the program of the version after this one.
    func getLaterVersionOfHub() throws {
        guard !hubMachine.hasLaterVersion else { return }
        hubMachine.close()
        if hubMachine.disk.isDead { try endHub(byPowerCut: false) }
        hubMachine.close()
        hubMachine.hasLaterVersion = true
        try onHub { _ in note("  the hub: a later version") }
        tally.note("hub with a later version")
    }

    /// Ends what runs on a laptop in good order. Returns false if its disk did not let it.
    private func close(_ laptop: LaptopMachine) throws -> Bool {
        laptop.close()
        guard laptop.disk.isDead else { return true }
        try end(laptop, byPowerCut: false)
        return false
    }

    /// Brings the copy back, as after the loss of a disk.
    func restore(_ laptop: LaptopMachine) throws {
        guard let backup = laptop.backup else { return }
        laptop.disk.kill()
        laptop.close()
        laptop.disk.restart(afterPowerCut: false)
        try FileManager.default.removeItem(atPath: laptop.home)
        try FileManager.default.copyItem(atPath: backup, toPath: laptop.home)
        laptop.disk.settle()
        laptop.lastPosition = .start
        laptop.isForked = true
        let replica = try laptop.opened()
        laptop.device = replica.identity.device
        try laptop.work.goBack(to: replica.ownWork())
        try look(at: laptop)
        note("  \(laptop.name): restored")
        tally.note("laptop restored")
    }

    /// Lets a copy of a laptop go on beside it.
    func clone(_ laptop: LaptopMachine) throws {
        guard laptops.count < Self.laptopsMax, try close(laptop) else { return }
        let home = "\(folder)/\(laptop.name)-copy-\(laptops.count)"
        try FileManager.default.copyItem(atPath: laptop.home, toPath: home)
        let copy = LaptopMachine(
            index: laptops.count, name: "\(laptop.name)*", home: home,
            disk: Disk(folder: home, seed: course.seed &+ UInt64(laptops.count)),
            replica: try laptop.running { try Replica.open(at: home) }, role: laptop.role)
        copy.hasLaterVersion = laptop.hasLaterVersion
        copy.isForked = true
        copy.devices = laptop.devices
        copy.isBarred = laptop.isBarred
        copy.isStranded = laptop.isStranded
        laptop.isForked = true
        laptops.append(copy)
        try copy.work.goBack(to: copy.opened().ownWork())
        note("  \(copy.name): copied")
        tally.note("laptop cloned")
    }
}
