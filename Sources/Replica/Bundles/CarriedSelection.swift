import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// What one replica has for a member: of the scopes that they may read, as far as this replica
/// knows, everything on which the hub has not decided, and what it has decided since the member was
/// last seen to know more.
struct CarriedSelection {
    private let store: StoreTransaction
    private let identity: Identity
    private let reader: MemberID

    struct Result {
        var entries: [CarriedBatch] = []
        /// Of all who wrote them.
        var certificates: [DeviceCertificate.Signed] = []
        /// Keys of the reader's devices.
        var keys: [PublicKey] = []
        var isReaderActive = false
    }

    init(_ store: StoreTransaction, identity: Identity, reader: MemberID) {
        self.store = store
        self.identity = identity
        self.reader = reader
    }

    func make(devices: [DeviceID]) throws -> Result {
        let facts = TableFacts(store, selfKnowledge: (identity.member, identity.role))
        var result = Result()
        result.isReaderActive = try facts.isActive(reader)
        result.keys = try devices.compactMap { try store.key(of: $0) }
        guard result.isReaderActive else { return result }
        let scopes = try store.allScopes().filter {
            try $0.status == .level && facts.mayRead($0.scope, member: reader)
        }
        let keys = Set(scopes.map(\.key))
        result.entries = try decided(in: keys, after: known(to: devices))
        result.entries += try undecided(in: keys)
        let authors = Set(try result.entries.map { try $0.batch.header().device })
        result.certificates = try authors.sorted().compactMap {
            try store.certificate(of: $0).map { try DeviceCertificate.Signed(encodedBytes: $0) }
        }
        return result
    }

    /// The position that all of the reader's devices have passed, as the contexts of their batches
    /// say.
    private func known(to devices: [DeviceID]) throws -> Position {
        let lineage = try store.lineage()
        return try devices.map { device in
            guard let context = try store.lastBatch(of: device)?.header().context else {
                return .start
            }
            return lineage.lastShared(with: context)
        }
        .min() ?? .start
    }

    private func decided(
        in scopes: Set<Int64>, after position: Position
    ) throws -> [CarriedBatch] {
        let rows = try Row.fetchAll(
            store.database,
            sql: """
                SELECT epoch, number, device, sequence, scope, hash FROM section
                WHERE released = 1 AND (epoch, number) > (?, ?) ORDER BY epoch, number
                """,
            arguments: [Int64(position.epoch), Int64(bitPattern: position.number)])
        var places: [Place] = []
        for row in rows where scopes.contains(row[4]) {
            guard let position = Position(epoch: row[0] as Int64?, number: row[1] as Int64?),
                let hash = Digest(bytes: row[5] as Data)
            else { continue }
            if places.last?.position != position {
                places.append(
                    Place(
                        position: position, device: DeviceID(column: row[2]),
                        sequence: UInt64(bitPattern: row[3])))
            }
            places[places.count - 1].sections.insert(hash)
        }
        return try places.compactMap { place in
            guard let batch = try store.batch(device: place.device, sequence: place.sequence),
                let entry = try store.entry(of: batch, at: place.position),
                let whole = entry.batch
            else { return nil }
            return CarriedBatch(
                batch: whole.keepingSections { place.sections.contains($0.hash) },
                admission: entry.admission.keepingSections(place.sections))
        }
    }

    /// A place in the hub's order, and what the reader may read there.
    private struct Place {
        let position: Position
        let device: DeviceID
        let sequence: UInt64
        var sections: Set<Digest> = []
    }

    /// In the order in which it was written or came here: what an edit is on stands before it, and the
    /// reader judges them one after the other.
    private func undecided(in scopes: Set<Int64>) throws -> [CarriedBatch] {
        let rows = try Row.fetchAll(
            store.database,
            sql: "SELECT device, sequence, scope FROM section WHERE epoch IS NULL ORDER BY key")
        var batches: [StoreTransaction.LoggedBatch] = []
        var known: Set<Digest> = []
        for row in rows where scopes.contains(row[2]) {
            guard
                let batch = try store.batch(
                    device: DeviceID(column: row[0]), sequence: UInt64(bitPattern: row[1])),
                batch.state != .refusedWhole, known.insert(batch.id).inserted
            else { continue }
            batches.append(batch)
        }
        return try batches.flatMap { batch in
            // What became a rejected item, or is not shown here, is nobody's to pass on.
            let sections = try store.sections(of: batch).filter {
                try $0.position == nil && scopes.contains($0.scopeKey)
                    && !store.laidOver($0).isEmpty
            }
            return try entries(of: batch, sections)
        }
    }

    /// What goes of a batch: the sections of which the hub's decision is known with the decisions on
    /// all of them, the others by themselves.
    private func entries(
        of batch: StoreTransaction.LoggedBatch, _ sections: [StoreTransaction.LoggedSection]
    ) throws -> [CarriedBatch] {
        var core: SignedAdmission?
        var decisions: [[UInt8]] = []
        var (decided, undecided) = ([SectionBytes](), [SectionBytes]())
        for section in sections {
            let content = try section.content
            guard let admission = try store.heldSection(section.key)?.admission,
                let decision = admission.bytes(of: section.hash)
            else {
                undecided.append(content)
                continue
            }
            core = admission
            decisions.append(decision)
            decided.append(content)
        }
        func entry(_ sections: [SectionBytes], _ admission: SignedAdmission?) -> CarriedBatch {
            CarriedBatch(
                batch: SealedBatch(
                    headerBytes: batch.headerBytes, signature: batch.signature,
                    sections: sections), admission: admission)
        }
        var entries: [CarriedBatch] = []
        if let core { entries.append(entry(decided, core.with(decisions: decisions))) }
        if !undecided.isEmpty { entries.append(entry(undecided, nil)) }
        return entries
    }
}
