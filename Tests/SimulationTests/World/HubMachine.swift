import Model
import TestSupport

@testable import SyncServer

/// The hub's machine in the simulation.
final class HubMachine {
    let folder: HubFolder
    let disk: Disk
    let pageBytesTarget: Int
    /// What a scope takes before it is worth a snapshot, and the size of its pieces.
    private let snapshotLogBytesMin: Int
    private let snapshotPieceBytes: Int
    /// The hub; nil while its process is down.
    var hub: Hub?
    /// How far its clock is off.
    var clockError: Int64 = 0
    /// Batches that the hub said it has, and where.
    var acknowledged: [Digest: Position] = [:]
    var lastHead = Position.start

    init(folder: HubFolder, disk: Disk, pageBytesTarget: Int, seed origin: UInt64) throws {
        // Every other hub makes snapshots, most of them of all but the smallest scopes.
        var seed = Seed(origin &+ 0x5EED)
        let minima = [0, 2_000, 20_000]
        snapshotLogBytesMin = seed.oneIn(2) ? seed.pick(minima) : Limits.snapshotLogBytesMin
        snapshotPieceBytes = [50, 1_000, Limits.snapshotPieceBytesMax][seed.below(3)]
        self.folder = folder
        self.disk = disk
        self.pageBytesTarget = pageBytesTarget
        try Hub.create(
            in: folder, name: "Simulated", url: "https://localhost:8470", isBehindProxy: true
        ).close()
        hub = try open()
    }

    private func open() throws -> Hub {
        try Hub.open(
            folder, pageBytesTarget: pageBytesTarget, snapshotLogBytesMin: snapshotLogBytesMin,
            snapshotPieceBytes: snapshotPieceBytes)
    }

    func opened() throws -> Hub {
        if let hub { return hub }
        let opened = try open()
        hub = opened
        return opened
    }

    func close() {
        try? hub?.close()
        hub = nil
    }
}
