import Model

@testable import SyncServer

/// The hub's machine in the simulation.
final class HubMachine {
    let folder: HubFolder
    let disk: Disk
    let pageBytesTarget: Int
    /// The hub; nil while its process is down.
    var hub: Hub?
    /// How far its clock is off.
    var clockError: Int64 = 0
    /// Batches that the hub said it has, and where.
    var acknowledged: [Digest: Position] = [:]
    var lastHead = Position.start

    init(folder: HubFolder, disk: Disk, pageBytesTarget: Int) throws {
        self.folder = folder
        self.disk = disk
        self.pageBytesTarget = pageBytesTarget
        try Hub.create(
            in: folder, name: "Simulated", url: "https://localhost:8470", isBehindProxy: true
        ).close()
        hub = try Hub.open(folder, pageBytesTarget: pageBytesTarget)
    }

    func opened() throws -> Hub {
        if let hub { return hub }
        let opened = try Hub.open(folder, pageBytesTarget: pageBytesTarget)
        hub = opened
        return opened
    }

    func close() {
        try? hub?.close()
        hub = nil
    }
}
