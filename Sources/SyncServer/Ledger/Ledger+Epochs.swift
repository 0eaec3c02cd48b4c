import Cryptography
import Model
import Replica
import Wire

/// Epochs: a hub that was set back goes on in a new one, so that no position means two things.
extension Ledger {
    /// How far apart epochs may lie. A hub that is restored twice from the same backup opens two
    /// epochs after the same place; by drawing their numbers it does not open the same one.
    private static let gapBytes = 2

    /// Opens a new epoch after the hub's head, later than another one of which the hub has heard.
    func openEpoch(after other: UInt32 = 0) throws {
        let head = try store.head()
        let latest = max(try tables.lineage().present, head.epoch, other)
        let gap = RandomBytes.generate(count: Self.gapBytes).reduce(UInt32(0)) {
            $0 << 8 | UInt32($1)
        }
        guard latest < Lineage.epochMax - 0x1_0000 else {
            throw HubError(.internal, "The hub has no epoch left.")
        }
        let epoch = latest + 1 + gap
        let start = EpochStart(programme: programme, epoch: epoch, branch: head).sign(with: key)
        try tables.note([start], hubKey: key.publicKey)
        // Whoever kept a request that was sent after this place could have it answered once more.
        try store.forgetRequests()
        try enter(epoch: epoch)
    }

    /// Goes on in an epoch that is known.
    func enter(epoch: UInt32) throws {
        try tables.meta.set(position: Position(epoch: epoch, number: 0))
        let counter = UInt64(try tables.meta.integer(.recordCounter) ?? 0)
        try tables.meta.set(.recordCounter, integer: Int64(max(counter, Self.base(of: epoch))))
    }

    /// The number after which the hub's own sequences, changes and records of an epoch count: what it
    /// had said in an epoch that it has lost comes back some day, and must not meet its like.
    static func base(of epoch: UInt32) -> UInt64 {
        epoch > Lineage.firstEpoch ? UInt64(epoch) << 32 : 0
    }

    /// Begins to rule on nothing.
    func beginRecovery(at now: HubTime) throws {
        guard try !store.isRecovering() else { return }
        try store.insert(
            HubStore.Recovery(from: try store.head(), until: nil, begunAt: now))
    }

    /// Notes epochs of the hub's own that a device has shown. One that the hub did not know means
    /// that it was set back, even if it never heard so.
    func learn(_ starts: [EpochStart.Signed], now: HubTime) throws {
        let known = try tables.lineage()
        guard try tables.note(starts, hubKey: key.publicKey) else { return }
        let latest = try starts.map { try $0.verify(hubKey: key.publicKey).epoch }.max() ?? 0
        try openEpoch(after: max(latest, known.present))
        for start in starts {
            let epoch = try start.verify(hubKey: key.publicKey).epoch
            guard !known.knows(epoch: epoch) else { continue }
            try noteSetBack(by: Position(epoch: epoch, number: 1), now: now)
        }
    }

    /// The hub lacks a place that it once had: it rules on nothing until an admin says that enough
    /// has come back. Who comes after that, with what was lost before it, is listened to and changes
    /// nothing about it.
    func noteSetBack(by lost: Position, now: HubTime) throws {
        let shared = try tables.lineage().lastShared(with: lost)
        if let latest = try store.latestRecovery(), shared < latest.from { return }
        try beginRecovery(at: now)
    }

    /// The number of the hub's next batch, and what it continues.
    func nextInOwnLog() throws -> (sequence: UInt64, previous: Digest) {
        let epoch = try store.head().epoch
        let base = Self.base(of: epoch)
        if let last = try tables.lastBatch(of: device) {
            return (max(last.sequence, base) + 1, last.id)
        }
        guard base > 0 else { return (1, .zero) }
        return (base + 1, EpochStart.origin(of: epoch, in: programme))
    }

    /// Whether a batch that nobody has admitted yet continues its device's log. After the hub was
    /// set back it may also close a gap between batches that came back.
    func follows(_ batch: VerifiedBatch) throws -> Bool {
        let header = batch.header
        let device = header.device
        if device == self.device {
            return try (header.sequence, header.previous) == nextInOwnLog()
        }
        guard try tables.batch(device: device, sequence: header.sequence) == nil else {
            return false
        }
        let before =
            header.sequence > 1
            ? try tables.batch(device: device, sequence: header.sequence - 1)?.id : .zero
        guard before == header.previous else { return false }
        guard let next = try tables.batch(device: device, sequence: header.sequence + 1) else {
            return true
        }
        return try next.header().previous == batch.id
    }
}
