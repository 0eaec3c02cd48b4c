import Cryptography
import Foundation
import Model
import Replica
import Wire

/// What a check of the whole hub found.
struct VerificationReport: Sendable {
    var batches = 0
    var changes = 0
    /// The first fault, in words; nil if all is well.
    var fault: String?
}

extension Hub {
    /// Checks every signature, chain and rule, replays the log into new tables through the code
    /// that made the old ones, and compares decisions, state hashes and every row.
    func verify() throws -> VerificationReport {
        let name = Hexadecimal.encode(RandomBytes.generate(count: 16))
        let path = NSTemporaryDirectory() + "waymark-verify-" + name
        defer { for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) } }
        // The system's temporary folder may be shared; the new tables hold what the hub holds.
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else {
            throw HubError(
                .fileFailed, "No temporary file can be made in \(NSTemporaryDirectory()).",
                hint: "Check that there is room, or name another folder in TMPDIR.")
        }
        Foundation.close(descriptor)
        let replay = try HubDatabase(path: path)
        defer { try? replay.close() }
        return try database.read { recorded in
            try replay.write { store in
                var verifier = LogVerifier(
                    recorded: recorded, ledger: Ledger(store, key: key))
                return try verifier.run()
            }
        }
    }
}

/// Replays a recorded log and compares.
struct LogVerifier {
    private let recorded: HubStore
    private let ledger: Ledger
    private var report = VerificationReport()
    private var lastReceipt = HubTime(milliseconds: 0)
    /// Batches of which some part has come back.
    private var returnedBatches: Set<Digest> = []
    /// What the referee has to say next: of all that it has to say at once, what has not come. It may
    /// take several batches.
    private var expected: [Ledger.HubChangeSet] = []

    /// Something that does not fit; the check ends at the first.
    private struct Fault: Error {
        let text: String
    }

    init(recorded: HubStore, ledger: Ledger) {
        self.recorded = recorded
        self.ledger = ledger
    }

    mutating func run() throws -> VerificationReport {
        do {
            if let damage = try recorded.integrityFault() { throw Fault(text: damage) }
            try start()
            try recorded.forEachPlace { try check($0) }
            try advance(to: recorded.head().epoch, "The head of the log")
            guard expected.isEmpty else {
                throw Fault(text: "The hub's verdict on the last batch is missing.")
            }
            guard try ledger.store.head() == recorded.head() else {
                throw Fault(text: "The log ends before the hub's position.")
            }
            if let difference = try recorded.firstDifference(to: ledger.store) {
                throw Fault(text: difference)
            }
            let snapshots = SnapshotVerification(
                store: recorded, hubKey: ledger.key.publicKey)
            if let fault = try snapshots.fault() { throw Fault(text: fault) }
        } catch let fault as Fault {
            report.fault = fault.text
        } catch let error as WireError {
            report.fault = "Batch \(report.batches + 1): \(error.detail)"
        } catch let error as HubError where error.reason == .damagedHub {
            report.fault = error.message
        } catch let error as any HubErrorConvertible where error.hubError.reason == .damagedHub {
            report.fault = error.hubError.message
        }
        return report
    }

    private func start() throws {
        let tables = ledger.tables
        try tables.meta.set(position: Position(epoch: Lineage.firstEpoch, number: 0))
        try tables.meta.set(.hubKey, bytes: ledger.key.publicKey.bytes)
        try tables.learn(
            device: ledger.device, key: ledger.key.publicKey, member: nil, certificate: nil)
        // What a hub cannot know from its log: where it was set back, and until when it recovered.
        let starts = try recorded.tables.epochStarts()
        for start in starts { _ = try start.verify(hubKey: ledger.key.publicKey) }
        try tables.note(starts, hubKey: ledger.key.publicKey)
        for recovery in try recorded.recoveries() { try ledger.store.insert(recovery) }
    }

    /// Goes on to an epoch, which must have begun where the log before it ends.
    private func advance(to epoch: UInt32, _ name: String) throws {
        let lineage = try ledger.tables.lineage()
        for next in lineage.epochs {
            let head = try ledger.store.head()
            guard next > head.epoch, next <= epoch else { continue }
            guard lineage.branches[next] == head else {
                throw Fault(text: "\(name) is of an epoch that does not follow on the log.")
            }
            try ledger.enter(epoch: next)
        }
    }

    // MARK: One batch

    private mutating func check(_ logged: HubStore.LogPlace) throws {
        let place = logged.position
        let name = "The batch at position \(place.epoch).\(place.number)"
        try advance(to: place.epoch, name)
        guard try place == ledger.nextPosition() else {
            throw Fault(text: "\(name) leaves a gap before it.")
        }
        if let giver = logged.giver {
            try checkReturned(logged.batch, at: place, by: giver, name)
        } else {
            try check(logged.batch, at: place, name)
        }
    }

    /// A part of a batch that came back: signatures and hashes must be right, and it is taken as it
    /// was.
    private mutating func checkReturned(
        _ logged: StoreTransaction.LoggedBatch, at place: Position, by giver: DeviceID,
        _ name: String
    ) throws {
        guard expected.isEmpty else {
            throw Fault(text: "\(name) stands where the hub's verdict should be.")
        }
        let keys = Set(
            try recorded.tables.sections(of: logged).filter { $0.position == place }.map(\.key))
        let (signed, admission, verified) = try read(logged, keys, at: place, name)
        guard verified.id == logged.id, admission.batch == logged.id,
            admission.position == logged.position, admission.receipt == logged.receipt,
            admission.position.epoch < place.epoch
        else { throw Fault(text: "\(name) is not the one its admission speaks of.") }
        var returned = ReturnedBatch(
            ledger, batch: verified, admission: admission, signed: signed, giver: giver)
        let missing = try returned.missing()
        guard missing.count == verified.batch.sections.count else {
            throw Fault(text: "\(name) has come back twice.")
        }
        try returned.place(missing, at: place)
        let isFirstPart = returnedBatches.insert(verified.id).inserted
        count(verified, isFirstPart: isFirstPart)
    }

    private mutating func check(
        _ logged: StoreTransaction.LoggedBatch, at place: Position, _ name: String
    ) throws {
        let (signed, admission, verified) = try read(logged, nil, at: place, name)
        guard verified.id == logged.id, admission.batch == logged.id,
            admission.position == place, admission.receipt == logged.receipt
        else { throw Fault(text: "\(name) is not the one its admission speaks of.") }
        guard admission.receipt >= lastReceipt else {
            throw Fault(text: "\(name) was received before the one before it.")
        }
        lastReceipt = admission.receipt
        try checkChain(verified, name)
        let author = try author(of: verified.header, name)
        if author.isHub { try checkWords(of: verified, receipt: admission.receipt, name) }
        let isAnswered = author.isHub || expected.isEmpty
        guard isAnswered else {
            throw Fault(text: "\(name) stands where the hub's verdict should be.")
        }

        let again = try ledger.append(
            verified, author: author, receipt: admission.receipt, recorded: admission.sections)
        guard again.admission == signed else {
            throw Fault(text: "\(name) was decided on otherwise than the rules say.")
        }
        if author.isHub {
            if again.hasRefusals { throw Fault(text: "\(name) says what the hub may not say.") }
            for set in try changeSets(of: verified) {
                for change in set.parts.flatMap(\.changes) { try noteCounter(change.record) }
            }
        } else {
            expected = try Referee.rule(
                on: again.events, ledger, now: admission.receipt,
                schema: verified.header.schemaVersion, recorded: recorded)
        }
        count(verified)
    }

    /// Reads a batch with its admission, or what of it stands in these sections, and checks hashes and
    /// signatures.
    private func read(
        _ logged: StoreTransaction.LoggedBatch, _ keys: Set<Int64>?, at place: Position,
        _ name: String
    ) throws -> (signed: SignedAdmission, admission: Admission, batch: VerifiedBatch) {
        let entry = try recorded.entry(
            device: logged.device, sequence: logged.sequence, sections: keys, at: place)
        guard let batch = entry.batch, let key = try ledger.tables.key(of: logged.device) else {
            throw Fault(text: "\(name) comes from a device without a certificate.")
        }
        let isWhole = keys == nil
        let admission = try verified("\(name): its admission", place) {
            try entry.admission.verify(hubKey: ledger.key.publicKey, isWhole: isWhole)
        }
        let verified = try verified(name, place) {
            try VerifiedBatch.verify(
                batch, key: key, programme: ledger.programme, isWhole: isWhole)
        }
        return (entry.admission, admission, verified)
    }

    /// Counts a batch, which may have come back in several parts. A section that cannot be read was
    /// refused, and counts nothing.
    private mutating func count(_ verified: VerifiedBatch, isFirstPart: Bool = true) {
        if isFirstPart { report.batches += 1 }
        report.changes += verified.batch.sections.reduce(0) {
            $0 + ((try? $1.outline().changeCount) ?? 0)
        }
    }

    private func verified<Value>(
        _ name: String, _ place: Position, _ body: () throws -> Value
    ) throws -> Value {
        do {
            return try body()
        } catch let error as WireError {
            throw Fault(text: "\(name) is not sound: \(error.detail)")
        }
    }

    private func checkChain(_ batch: VerifiedBatch, _ name: String) throws {
        guard try ledger.follows(batch) else {
            throw Fault(text: "\(name) does not continue its device's chain.")
        }
        let context = batch.header.context
        let head = try ledger.store.head()
        let lineage = try ledger.tables.lineage()
        guard context <= head, context.epoch == head.epoch || lineage.knows(epoch: context.epoch)
        else { throw Fault(text: "\(name) claims to have seen what came after it.") }
    }

    private func author(of header: BatchHeader, _ name: String) throws -> ChangeAuthor {
        if header.device == ledger.device { return .hub(ledger.device) }
        guard let row = try ledger.store.device(header.device),
            let role = try ledger.facts.role(of: row.member),
            try ledger.facts.isActive(row.member), try !ledger.store.isRevoked(row.record)
        else { throw Fault(text: "\(name) comes from a device that could not write then.") }
        return ChangeAuthor(device: row.device, member: row.member, role: role)
    }

    // MARK: What the hub says

    /// The hub's verdicts and counts must be what the referee says; nothing else in them.
    private mutating func checkWords(
        of batch: VerifiedBatch, receipt: HubTime, _ name: String
    ) throws {
        let said = try changeSets(of: batch)
        if expected.isEmpty {
            guard said.contains(where: Self.isRuling) else { return }
            expected = try occasion(for: said, receipt: receipt)
        }
        guard try begins(expected, with: said) else {
            throw Fault(text: "\(name) rules otherwise than the referee does.")
        }
        expected.removeFirst(said.count)
    }

    /// What the hub may rule on by itself: holds whose start has come, what has waited for the end of
    /// a recovery, what a late device gave back. Keeps the effects of the one that fits.
    private func occasion(
        for said: [Ledger.HubChangeSet], receipt: HubTime
    ) throws -> [Ledger.HubChangeSet] {
        var occasions: [() throws -> [Ledger.HubChangeSet]] = [
            { try Referee.expire(ledger, now: receipt) },
            { try Referee.ruleOnWaiting(ledger, now: receipt, recorded: recorded).sets },
        ]
        for giver in try ledger.store.giversOfWaiting() + [HubStore.unknownRedeemer] {
            occasions.append {
                try Referee.ruleOnWaiting(
                    givenBackBy: giver, ledger, now: receipt, recorded: recorded
                ).sets
            }
        }
        let counter = try ledger.tables.meta.integer(.recordCounter)
        try ledger.tables.flush()
        // What would only begin so, because there is more to it than one batch has, comes last: what was
        // said may be all that there was on another occasion.
        for isWhole in [true, false] {
            for occasion in occasions {
                var sets: [Ledger.HubChangeSet] = []
                let fits = try ledger.store.attempt {
                    sets = try occasion()
                    return try (!isWhole || sets.count == said.count) && begins(sets, with: said)
                }
                if fits { return sets }
                // Rows of scopes that it made are gone with it.
                ledger.tables.forgetWhatWasRead()
                try ledger.tables.meta.set(.recordCounter, integer: counter)
            }
        }
        return []
    }

    /// Whether the hub said what is expected first, but for what it had copied from a request to any
    /// mentor and was erased since, there or here.
    private func begins(
        _ expected: [Ledger.HubChangeSet], with said: [Ledger.HubChangeSet]
    ) throws -> Bool {
        let expected = Array(expected.prefix(said.count))
        if said == expected { return true }
        var erased: Set<RecordID> = []
        for change in said.flatMap(\.parts).flatMap(\.changes)
        where change.entity == Schema.booking.id && change.operation == .create {
            if try recorded.isErased(madeBooking: change.record) { erased.insert(change.record) }
        }
        guard !erased.isEmpty else { return false }
        func rest(of sets: [Ledger.HubChangeSet]) -> [Ledger.HubChangeSet] {
            sets.map { set in
                var set = set
                for index in set.parts.indices {
                    set.parts[index].changes.removeAll { change in
                        change.entity == Schema.booking.id && erased.contains(change.record)
                            && Referee.copiedTexts.contains { $0.0 == change.field }
                    }
                }
                return set
            }
        }
        return rest(of: said) == rest(of: expected)
    }

    private static func isRuling(_ set: Ledger.HubChangeSet) -> Bool {
        set.parts.flatMap(\.changes).contains { change in
            change.operation == .erase || change.entity == Schema.bookingVerdict.id
                || change.entity == Schema.slot.id || change.entity == Schema.openRequest.id
                || (change.entity == Schema.profile.id
                    && [
                        Fields.Profile.ratingSum, Fields.Profile.ratingCount,
                        Fields.Profile.sessions,
                    ].contains(change.field))
        }
    }

    private func changeSets(of batch: VerifiedBatch) throws -> [Ledger.HubChangeSet] {
        var parts: [UInt32: [(scope: Scope, changes: [Change])]] = [:]
        for section in try batch.batch.sections.map({ try $0.open() }) {
            for set in section.changeSets {
                parts[set.ordinal, default: []].append((section.scope, set.changes))
            }
        }
        return parts.sorted { $0.key < $1.key }.map { _, parts in
            Ledger.HubChangeSet(parts.sorted { $0.scope < $1.scope })
        }
    }

    /// Ids of the hub's records count on as they did, so that what the referee says next has the
    /// ids it had. A member's may be of another epoch: that of the invitation.
    private func noteCounter(_ record: RecordID) throws {
        guard record.device == ledger.device,
            try record.counter < Ledger.base(of: ledger.store.head().epoch + 1)
        else { return }
        let known = UInt64(try ledger.tables.meta.integer(.recordCounter) ?? 0)
        if record.counter > known {
            try ledger.tables.meta.set(.recordCounter, integer: Int64(record.counter))
        }
    }
}
