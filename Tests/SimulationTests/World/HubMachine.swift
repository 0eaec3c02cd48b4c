import Foundation
import Model
import TestSupport

@testable import SyncServer

/// The hub's machine in the simulation.
final class HubMachine: VersionedMachine {
    let folder: HubFolder
    let disk: Disk
    let pageBytesTarget: Int
    /// What a scope takes before it is worth a snapshot, and the size of its pieces.
    private let snapshotLogBytesMin: Int
    private let snapshotPieceBytes: Int
    /// The hub; nil while its process is down.
    var hub: Hub?
    /// How far its wall clock is off.
    var clockError: Int64 = 0
    private var clock: HubClock
    /// Batches that the hub said it has, and where, since it was last set back.
    var acknowledged: [Digest: Position] = [:]
    var lastHead = Position.start
    /// A file that `backup` wrote, and a copy of the folder.
    var backup: String?
    var copy: String?
    /// Whether it ever was set back.
    private(set) var wasSetBack = false
    /// Who might read what by all that it knew, each time before it was set back.
    private(set) var lostReaderships: [NaiveReadership] = []

    /// Whether its program is of the version after this one.
    var hasLaterVersion = false

    init(
        folder: HubFolder, disk: Disk, pageBytesTarget: Int, seed origin: UInt64, at time: Int64
    ) throws {
        // Every other hub makes snapshots, most of them of all but the smallest scopes.
        var seed = Seed(origin &+ 0x5EED)
        let minima = [0, 2_000, 20_000]
        snapshotLogBytesMin = seed.oneIn(2) ? seed.pick(minima) : Limits.snapshotLogBytesMin
        snapshotPieceBytes = [50, 1_000, Limits.snapshotPieceBytesMax][seed.below(3)]
        self.folder = folder
        self.disk = disk
        self.pageBytesTarget = pageBytesTarget
        clock = HubClock(Self.reading(time, error: 0))
        try Hub.create(
            in: folder, name: "Simulated", url: "https://localhost:8470", isBehindProxy: true
        ).close()
        let opened = try open()
        hub = opened
        try opened.beginServing(now: clock.time(at: Self.reading(time, error: 0)))
    }

    private func open() throws -> Hub {
        try Hub.open(
            folder, pageBytesTarget: pageBytesTarget, snapshotLogBytesMin: snapshotLogBytesMin,
            snapshotPieceBytes: snapshotPieceBytes)
    }

    /// What the hub takes for the time: its wall clock, where it believes it.
    func time(at time: Int64) -> HubTime {
        clock.time(at: Self.reading(time, error: clockError))
    }

    var believesClock: Bool { !clock.isDoubtful }

    private static func reading(_ time: Int64, error: Int64) -> HubClock.Reading {
        HubClock.Reading(wallMilliseconds: time + error, steadyMilliseconds: time)
    }

    /// The hub, started anew if its process is down.
    func opened(at time: Int64) throws -> Hub {
        if let hub { return hub }
        return try running { try start(at: time) }
    }

    private func start(at time: Int64) throws -> Hub {
        let opened = try open()
        let last = try opened.database.read { try $0.hubMeta.integer(.lastTime) ?? 0 }
        clock = HubClock(
            Self.reading(time, error: clockError), notBefore: HubTime(milliseconds: last))
        do {
            try opened.beginServing(now: self.time(at: time))
            try opened.admitParked(now: self.time(at: time))
        } catch {
            // `serve` ends, and somebody starts it again.
            try? opened.close()
            throw error
        }
        hub = opened
        return opened
    }

    func close() {
        try? hub?.close()
        hub = nil
    }

    /// Puts another folder in the place of the hub's.
    func setBack(
        from readership: NaiveReadership, to make: (HubFolder) throws -> Void
    ) throws {
        lostReaderships.append(readership)
        disk.kill()
        close()
        disk.restart(afterPowerCut: false)
        try FileManager.default.removeItem(atPath: folder.path)
        try running { try make(folder) }
        disk.settle()
        wasSetBack = true
        acknowledged = [:]
    }
}
