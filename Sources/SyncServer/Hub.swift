import Cryptography
import Foundation
import Model
import Replica
import Synchronization
import Wire

/// The hub of one programme: a log, a referee and a replica, without HTTP.
///
/// ``sync(_:now:)``, ``redeem(_:now:)`` and ``rekey(_:now:)`` take the bytes of a request and return those of the
/// answer; what they answered is durable. They may be called from any thread. The HTTP server uses
/// the same three steps, with many requests sharing the middle one:
///
/// 1. *prepare*: size, decoding, signatures; reads at most a key;
/// 2. *perform*: what is written, one savepoint a request, one transaction for many;
/// 3. *answer*: the page that the member gets, read from what is durable.
final class Hub: Sendable {
    let folder: HubFolder
    let key: SigningKey
    let identity: HubIdentity
    let database: HubDatabase
    let metrics: HubMetrics
    /// What one answer holds at the most, a single larger batch aside.
    let pageBytesTarget: Int
    /// What a scope's entries take before it is worth a snapshot, and how large its pieces are.
    let snapshotLogBytesMin: Int
    let snapshotPieceBytes: Int
    let levelDigests = LevelDigests()
    /// Whether it has been asked to be served, and so has made the folder's mark itself.
    let isServing = Mutex(false)

    var device: DeviceID { DeviceID(key.publicKey) }

    private init(
        folder: HubFolder, key: SigningKey, metrics: HubMetrics, pageBytesTarget: Int,
        snapshotLogBytesMin: Int, snapshotPieceBytes: Int
    ) throws {
        self.folder = folder
        self.metrics = metrics
        self.snapshotLogBytesMin = snapshotLogBytesMin
        self.snapshotPieceBytes = snapshotPieceBytes
        self.pageBytesTarget = pageBytesTarget
        self.key = key
        database = try HubDatabase(path: folder.databasePath, metrics: metrics)
        identity = try database.read { try HubIdentity($0, key: key) }
        try followSchema()
    }

    /// After an update that knows more fields and entities, works the tables out anew from the log:
    /// it may have got such things back from laptops that knew more than it did. What was parked
    /// is admitted when the hub serves.
    private func followSchema() throws {
        let current = Int64(Schema.version)
        // Hubs of before this was noted had the first schema.
        let stored = try database.read { try $0.tables.meta.integer(.schemaVersion) ?? 1 }
        guard stored <= current else {
            throw HubError(
                .newerVersion, "The hub's database was written by a later version.",
                hint: "Run the version that wrote it, or a newer one.")
        }
        guard stored < current else { return }
        try database.write { store in
            try store.tables.rebuild(device: device)
            try store.tables.meta.set(.schemaVersion, integer: current)
        }
    }

    /// Makes a new hub in a folder that holds none.
    static func create(
        in folder: HubFolder, name: String, url: String, isBehindProxy: Bool
    ) throws -> Hub {
        let host = try HubIdentity.host(of: url)
        return try folder.reserved {
            guard !folder.holdsHub else {
                throw HubError(
                    .alreadyExists, "There is a hub in \(folder.path) already.",
                    hint: "Choose another folder, or use the hub that is there.")
            }
            try make(in: folder, name: name, url: url, host: host, isBehindProxy: isBehindProxy)
            return try open(folder)
        }
    }

    private static func make(
        in folder: HubFolder, name: String, url: String, host: String, isBehindProxy: Bool
    ) throws {
        let isSuccessor = folder.holdsKey
        let key = try folder.makeKey()
        // An open line, for trials on one computer, has no key to trust.
        let isPinned = !isBehindProxy && !HubIdentity.isOpen(url)
        let pin = isPinned ? try folder.tlsIdentity(host: host).pin.bytes : nil
        // The database gets its name when it is whole, so an init that is cut off leaves none.
        let draft = folder.databasePath + ".new"
        for suffix in ["", "-wal", "-shm"] { unlink(draft + suffix) }
        let database = try HubDatabase(path: draft)
        try database.write { store in
            let meta = store.tables.meta
            try meta.set(.programme, bytes: ProgrammeID(hubKey: key.publicKey).bytes)
            try meta.set(.programmeName, text: name)
            try meta.set(.schemaVersion, integer: Int64(Schema.version))
            try meta.set(.hubKey, bytes: key.publicKey.bytes)
            try meta.set(.hubURL, text: url)
            try meta.set(.tlsPin, bytes: pin)
            try meta.set(.device, integer: DeviceID(key.publicKey).column)
            try meta.set(position: Position(epoch: 1, number: 0))
            try store.hubMeta.set(.isBehindProxy, integer: isBehindProxy ? 1 : 0)
            try store.tables.learn(
                device: DeviceID(key.publicKey), key: key.publicKey, member: nil,
                certificate: nil)
            // A key without its database may be all that is left of a hub. Its members have what it
            // knew; positions that they remember must not be used for something else.
            if isSuccessor { try Ledger(store, key: key).openEpoch() }
        }
        try database.close()
        for suffix in ["-wal", "-shm"] { unlink(draft + suffix) }
        try folder.putInPlace(draft)
    }

    static func open(
        _ folder: HubFolder, pageBytesTarget: Int = Limits.pageBytesTarget,
        snapshotLogBytesMin: Int = Limits.snapshotLogBytesMin,
        snapshotPieceBytes: Int = Limits.snapshotPieceBytesMax
    ) throws -> Hub {
        guard folder.holdsHub else {
            try folder.requireReadable()
            throw folder.absence
        }
        guard !folder.holdsEmptiedDatabase else {
            throw HubError(
                .damagedHub, "The hub's database is empty: \(folder.databasePath)",
                hint: ReplicaError.damageHint)
        }
        let key = try KeyFile.read(folder.keyPath)
        return try Hub(
            folder: folder, key: key, metrics: HubMetrics(), pageBytesTarget: pageBytesTarget,
            snapshotLogBytesMin: snapshotLogBytesMin, snapshotPieceBytes: snapshotPieceBytes)
    }

    func close() throws { try database.close() }

    // MARK: Requests

    /// Answers a sync request.
    func sync(_ envelope: [UInt8], now: HubTime) throws -> [UInt8] {
        let prepared = try database.read { try prepareSync(envelope, $0) }
        return try answer(perform([.sync(prepared)], now: now)[0].get())
    }

    /// Answers a redemption.
    func redeem(_ envelope: [UInt8], now: HubTime) throws -> [UInt8] {
        let prepared = try prepareRedemption(envelope)
        return try answer(perform([.redemption(prepared)], now: now)[0].get())
    }

    /// Answers a request for a new key.
    func rekey(_ envelope: [UInt8], now: HubTime) throws -> [UInt8] {
        let prepared = try database.read { try prepareRekeying(envelope, $0) }
        return try answer(perform([.rekeying(prepared)], now: now)[0].get())
    }

    /// A request whose form and signatures are right.
    enum Prepared: Sendable {
        case sync(PreparedSync)
        case redemption(PreparedRedemption)
        case rekeying(PreparedRekeying)
        case bundle(PreparedBundle)
    }

    /// What was written for a request.
    enum Performed: Sendable {
        case sync(PerformedSync)
        /// A device was certified.
        case certified(RedeemAnswer)
        /// Something came by bundle.
        case bundle(PerformedBundle)
    }

    /// Does the writing of many requests in one durable transaction. One that fails harms no other.
    func perform(_ requests: [Prepared], now: HubTime) -> [Result<Performed, any Error>] {
        let results = database.writeEach(
            requests.map { request in
                { store in
                    let ledger = try self.ledger(store, at: now)
                    return (try self.perform(request, ledger, now: now), ledger.tally)
                }
            })
        metrics.noteGroup(of: requests.count)
        for case .success((_, let tally)) in results { metrics.note(tally) }
        return results.map { result in result.map(\.0) }
    }

    private func perform(
        _ request: Prepared, _ ledger: Ledger, now: HubTime
    ) throws -> Performed {
        switch request {
        case .sync(let sync): .sync(try perform(sync, ledger, now: now))
        case .redemption(let redemption): .certified(try perform(redemption, ledger, now: now))
        case .rekeying(let rekeying): .certified(try perform(rekeying, ledger, now: now))
        case .bundle(let bundle): .bundle(try perform(bundle, ledger, now: now))
        }
    }

    /// The log for writing. A database that came from a backup knows that it did, and a folder that was
    /// put back has another mark than its database knows; before anything is written, be it by a
    /// command, the hub goes on in an epoch of its own.
    func ledger(_ store: HubStore, at now: HubTime) throws -> Ledger {
        let ledger = Ledger(store, key: key)
        guard try store.hubMeta.integer(.isBackup) == 1 else {
            let isServing = isServing.withLock { $0 }
            if !isServing, let known = try store.hubMeta.text(.serveMark), known != folder.mark {
                try ledger.openEpoch()
                try store.hubMeta.set(.serveMark, text: folder.mark)
            }
            return ledger
        }
        try store.hubMeta.set(.isBackup, integer: 0)
        try store.hubMeta.set(.serveMark, text: nil)
        // What the backup had to tell was told since, or is on the laptops.
        try store.beginMailAnew()
        try ledger.openEpoch()
        try ledger.beginRecovery(at: ledger.orderTime(now))
        return ledger
    }

    /// Makes the bytes of an answer.
    func answer(_ performed: Performed) throws -> [UInt8] {
        do {
            return try database.read { try answer(performed, $0, wantsSnapshots: true) }
        } catch let missing as SnapshotsMissing {
            try makeSnapshots(of: missing.scopes)
            return try database.read { try answer(performed, $0, wantsSnapshots: false) }
        }
    }

    func answer(
        _ performed: Performed, _ store: HubStore, wantsSnapshots: Bool
    ) throws -> [UInt8] {
        switch performed {
        case .sync(let sync):
            try answer(sync, store, wantsSnapshots: wantsSnapshots).sealed(by: key).encodedBytes
        case .certified(let answer): answer.sealed(by: key).encodedBytes
        case .bundle(let bundle): try answer(bundle, store)
        }
    }

    // MARK: Passing time

    /// Refuses holds whose start has passed. Returns how many verdicts that made.
    @discardableResult
    func expireHolds(now: HubTime) throws -> Int {
        let (count, tally) = try database.write { store in
            let ledger = try ledger(store, at: now)
            let count = try expireHolds(ledger, at: ledger.orderTime(now))
            return (count, ledger.tally)
        }
        metrics.note(tally)
        return count
    }

    @discardableResult
    func expireHolds(_ ledger: Ledger, at now: HubTime) throws -> Int {
        try ruleForTheSilent(ledger, at: now)
        let sets = try Referee.expire(ledger, now: now)
        if !sets.isEmpty { try ledger.say(sets, at: now) }
        return sets.count
    }
}
