import GRDB
import Model
import Wire

@testable import Replica
@testable import SyncServer

/// An independent oracle: keeps every admitted change of the hub's log and works out, cell by cell
/// and by the definition alone, which changes are heads. It shares the decoding with the programs
/// and nothing of the merge.
struct NaiveModel {
    struct Key: Hashable {
        let scope: Scope
        let record: RecordID
        let entity: EntityID
        let cell: Cell.Key
    }

    /// Every admitted change by cell, with the value it gives it. Erased ones have none.
    private(set) var changes: [Key: [PlacedChange]] = [:]
    /// What an erasure may take or has taken, refused changes included.
    private(set) var erasable: [Erasable] = []
    /// The admitted erasures of each record in each scope.
    private(set) var erasures: [ErasedRecord: [PlacedChange]] = [:]
    /// Who moved a record out of a scope.
    private(set) var departures: [ErasedRecord: [PlacedChange]] = [:]
    let hubDevice: DeviceID

    init(_ hub: Hub) throws {
        hubDevice = hub.device
        try hub.database.read { store in
            let rows = try Row.fetchAll(
                store.tables.database,
                sql: StoreTransaction.LoggedSection.selectSQL + " WHERE epoch IS NOT NULL")
            lineage = try store.tables.lineage()
            let logged = try rows.map { try StoreTransaction.LoggedSection($0) }
            for section in logged { try noteReturn(of: section, store.tables) }
            for section in logged { try add(section, store.tables) }
        }
    }

    private mutating func noteErasable(
        _ changes: some Sequence<PlacedChange>, in scope: Scope, said word: Position?
    ) {
        let isLost = word.map { $0.number == 0 || !lineage.holds($0) } ?? false
        erasable += changes.filter { $0.change.operation == .erased || $0.change.isErasable }
            .map { Erasable(scope: scope, placed: $0, hasLostErasure: isLost) }
    }

    private mutating func noteEnd(_ change: PlacedChange, in scope: Scope) {
        let record = ErasedRecord(
            scope: scope, record: change.change.record, entity: change.change.entity)
        switch change.change.operation {
        case .erase: erasures[record, default: []].append(change)
        case .leave: departures[record, default: []].append(change)
        default: break
        }
    }

    // MARK: Hubs that were set back

    /// A section that the hub had lost and got back.
    private struct Returned {
        let scope: Int64
        let device: DeviceID
        /// Where it had stood, and where it stands.
        let lost: Position
        let place: Position
        let lastNumber: UInt64
    }

    private var lineage = Lineage()
    private var returned: [Returned] = []

    private mutating func noteReturn(
        of logged: StoreTransaction.LoggedSection, _ store: StoreTransaction
    ) throws {
        guard let place = logged.position,
            let lost = try store.batch(device: logged.device, sequence: logged.sequence)?.position,
            lost.epoch < place.epoch, let bytes = logged.admissionBytes,
            let section = try? SectionBytes(logged.bytes).open()
        else { return }
        let admission = try SectionAdmission(encodedBytes: bytes)
        // What was refused nobody saw.
        guard
            section.changeSets.contains(where: {
                admission.refusal(ofOrdinal: $0.ordinal) == nil
            })
        else { return }
        returned.append(
            Returned(
                scope: logged.scopeKey, device: logged.device, lost: lost, place: place,
                lastNumber: section.lastNumber))
    }

    /// What the author of a section had seen. A place that the hub has lost stands for what led to
    /// it: the part that is in the order, and what came back of the rest before the section.
    private func context(
        of section: Section, _ logged: StoreTransaction.LoggedSection, at position: Position
    ) -> Context {
        let said = section.beyond.filter { $0.device != logged.device }
        guard !lineage.holds(position), let place = logged.position else {
            return Context(position: position, beyond: said)
        }
        let seen = returned.filter {
            $0.scope == logged.scopeKey && $0.device != logged.device && $0.place < place
                && lineage.isPassed($0.lost, at: position)
        }
        return Context(
            position: lineage.lastShared(with: position),
            beyond: said + seen.map { DeviceNumber(device: $0.device, number: $0.lastNumber) })
    }

    private mutating func add(
        _ logged: StoreTransaction.LoggedSection, _ store: StoreTransaction
    ) throws {
        guard let bytes = logged.admissionBytes,
            let batch = try store.batch(device: logged.device, sequence: logged.sequence),
            let receipt = batch.receipt
        else { return }
        // One that nobody can read was refused.
        guard let section = try? SectionBytes(logged.bytes).open() else { return }
        let admission = try SectionAdmission(encodedBytes: bytes)
        let context = try SealedBatch(
            headerBytes: batch.headerBytes, signature: batch.signature, sections: []
        ).header().context
        let times = EffectiveTime.clamp(
            claimed: section.changeSets.map(\.claimed), floor: admission.floor, receipt: receipt)
        let placed = section.placed(
            device: logged.device, context: self.context(of: section, logged, at: context),
            position: logged.position, times: times)
        noteErasable(
            placed.joined(), in: section.scope,
            said: try logged.restatement?.unverified().position)
        for (set, part) in zip(section.changeSets, placed)
        where admission.refusal(ofOrdinal: set.ordinal) == nil {
            for change in part where change.change.operation != .erased {
                noteEnd(change, in: section.scope)
                let cell = change.change.cell.key
                let key = Key(
                    scope: section.scope, record: change.change.record,
                    entity: change.change.entity, cell: cell)
                changes[key, default: []].append(change)
            }
        }
    }

    /// The heads of a cell: changes that no other change of the cell had seen and that their own
    /// device did not follow up.
    func heads(of key: Key) -> Set<DeviceNumber> {
        let all = changes[key] ?? []
        // Every device's latest edit of a text stays a head, whoever has seen it.
        let keepsAllDevices = key.cell.kind != .register && key.cell.kind != .element
        let heads = all.filter { change in
            !all.contains { other in
                if other.device == change.device { return other.number > change.number }
                return !keepsAllDevices
                    && other.context.contains(
                        device: change.device, number: change.number, position: change.position)
            }
        }
        return Set(heads.map { DeviceNumber(device: $0.device, number: $0.number) })
    }

    /// Compares with the heads in the hub's tables.
    func checkHeads(of hub: Hub) throws {
        try hub.database.read { store in
            for key in changes.keys {
                let state = try store.tables.state(
                    of: key.record, entity: key.entity, in: store.tables.scope(key.scope))
                let cell = state.cells.first { $0.key == key.cell }
                let heads = Set(
                    (cell?.heads ?? []).map { DeviceNumber(device: $0.device, number: $0.number) })
                guard heads == self.heads(of: key) else {
                    throw Violation("naive model", "other heads in \(key)")
                }
            }
        }
    }
}
