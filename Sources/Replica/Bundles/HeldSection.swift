import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// What is known of a section that is not applied and came by bundle, or the decision on it did. One
/// that the hub delivers meanwhile stays laid over the records until its scope is whole.
struct HeldSection {
    /// The hub's decision on the batch, if it came by bundle.
    var admission: SignedAdmission?
    /// Change sets that the hub would refuse, as far as can be told here. They are not shown.
    var withheld: Set<UInt32> = []
    /// Stands in ``withheld`` for all of a section that this version cannot read: a later one that
    /// can has not judged it either.
    static let allOrdinals = SectionAdmission.allOrdinals

    func withholds(_ ordinal: UInt32) -> Bool {
        withheld.contains(ordinal) || withheld.contains(Self.allOrdinals)
    }

    static let createSQL = """
        CREATE TABLE heldSection (
            section INTEGER PRIMARY KEY REFERENCES section (key) ON DELETE CASCADE,
            -- The hub's signed decision on its batch, if that came by bundle.
            admission BLOB,
            -- Ordinals of change sets that are not shown, as varints.
            withheld BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER heldSectionDecided AFTER UPDATE OF epoch ON section
        WHEN new.epoch IS NOT NULL BEGIN
            DELETE FROM heldSection WHERE section = new.key;
        END;
        """

    /// Lets what is known of a section outlive its delivery.
    static let keepUntilAppliedSQL = """
        DROP TRIGGER IF EXISTS heldSectionDecided;
        DROP TRIGGER IF EXISTS heldSectionApplied;
        CREATE TRIGGER heldSectionApplied AFTER UPDATE OF applied ON section
        WHEN new.applied = 1 BEGIN
            DELETE FROM heldSection WHERE section = new.key;
        END;
        """
}

extension StoreTransaction {
    func heldSection(_ key: Int64) throws -> HeldSection? {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT admission, withheld FROM heldSection WHERE section = ?"),
            arguments: [key])
        guard let row else { return nil }
        var held = HeldSection()
        held.admission = try (row[0] as Data?).map {
            try SignedAdmission(encodedBytes: [UInt8]($0))
        }
        var reader = ByteReader([UInt8](row[1] as Data))
        while !reader.isAtEnd {
            held.withheld.insert(UInt32(truncatingIfNeeded: try reader.varint()))
        }
        return held
    }

    func set(_ held: HeldSection, of key: Int64) throws {
        var writer = ByteWriter()
        for ordinal in held.withheld.sorted() { writer.append(varint: UInt64(ordinal)) }
        try database.cachedStatement(
            sql: """
                INSERT INTO heldSection (section, admission, withheld) VALUES (?, ?, ?)
                ON CONFLICT (section) DO UPDATE SET admission = excluded.admission,
                    withheld = excluded.withheld
                """
        ).execute(arguments: [
            key, held.admission.map { Data($0.encodedBytes) }, Data(writer.bytes),
        ])
    }

    /// Whether a section that is not applied is laid over the records.
    func isLaidOver(
        _ logged: LoggedSection, in row: ScopeRow, _ own: [OwnDevice]
    ) throws -> Bool {
        guard logged.position != nil else { return true }
        // A scope that comes back appears at once.
        if own.wrote(logged.device, logged.sequence) { return try !isComingBack(row) }
        // Another copy may have gone on under a former key. What had come by bundle stays until its
        // scope is whole.
        return try heldSection(logged.key) != nil
    }

    /// The changes of a section that is not applied, as they are laid over the records: without what
    /// became a rejected item and what is withheld. If the decision came by bundle, they have the
    /// place and the times that it gives them.
    func laidOver(_ logged: LoggedSection) throws -> [PlacedChange] {
        try outlook(of: logged).flatMap { $0.isShown ? $0.changes : [] }
    }

    /// What is to be expected of a change set of a section that is not applied.
    private struct SetOutlook {
        let changes: [PlacedChange]
        /// Whether the hub has refused it, by a decision that came by bundle.
        let isRefused: Bool
        let isShown: Bool
    }

    /// The outlook of each change set; none of a section of which nothing is to be seen.
    private func outlook(of logged: LoggedSection) throws -> [SetOutlook] {
        guard let batch = try batch(device: logged.device, sequence: logged.sequence),
            batch.state != .refusedWhole, let section = try? logged.content.open()
        else { return [] }
        let header = try batch.header()
        let held = try heldSection(logged.key)
        let decided = try held?.admission.flatMap { try foretold($0, of: logged.hash) }
        // A decision that says nothing of the section may hide what it says.
        guard held?.admission == nil || decided != nil else { return [] }
        let placed =
            try decided.flatMap { try place(section, of: header, as: $0) }
            ?? section.placed(
                device: logged.device, contextPosition: header.context, position: nil)
        return try zip(section.changeSets, placed).map { set, changes in
            let isRefused = decided?.decision.refusal(ofOrdinal: set.ordinal) != nil
            let isWithheld = held?.withholds(set.ordinal) ?? false
            return SetOutlook(
                changes: changes, isRefused: isRefused,
                isShown: try !isRefused && !isWithheld
                    && !isRejected(set, in: section.scope, of: batch.id))
        }
    }

    /// A decision that came by bundle.
    private typealias Foretold = (admission: Admission, decision: SectionAdmission)

    /// What such a decision says of a section; nil if nothing.
    private func foretold(_ signed: SignedAdmission, of hash: Digest) throws -> Foretold? {
        guard let hubKey = try meta.hubKey(),
            let admission = try? signed.verify(hubKey: hubKey, isWhole: false),
            let decision = admission.sections.first(where: { $0.section == hash })
        else { return nil }
        return (admission, decision)
    }

    /// Puts a section where the hub had put it; nil if it speaks of places that are not in the hub's
    /// order as it is known here. What it has refused is refused all the same.
    private func place(
        _ section: Section, of header: BatchHeader, as decided: Foretold
    ) throws -> [[PlacedChange]]? {
        let lineage = try lineage()
        guard lineage.holds(decided.admission.position), lineage.holds(header.context) else {
            return nil
        }
        return section.placed(
            device: header.device, context: section.context(of: header.device, at: header.context),
            position: decided.admission.position, floor: decided.decision.floor,
            receipt: decided.admission.receipt)
    }

    /// Takes a section out of what is laid over the records.
    func withdraw(_ logged: LoggedSection, in row: ScopeRow) throws {
        guard let section = try? logged.content.open() else { return }
        if section.changeCount > 0 {
            try deleteNotifications(
                of: logged.device, numbers: section.firstNumber...section.lastNumber, in: row)
        }
        try lift(section, of: logged.device, in: row)
    }

    private func lift(_ section: Section, of device: DeviceID, in row: ScopeRow) throws {
        var number = section.firstNumber
        for change in section.changeSets.flatMap(\.changes) {
            try withdraw(
                change.record, entity: change.entity, in: row, device: device,
                numbers: number...number)
            number += 1
        }
    }

    /// Lets something change by which decisions that came by bundle stand in the hub's order or do
    /// not, and lays their sections over the records as it is then.
    func layHeldOverAgain(after change: () throws -> Void) throws {
        let keys = try Int64.fetchAll(
            database,
            sql: """
                SELECT section.key FROM heldSection JOIN section ON section.key = heldSection.section
                WHERE heldSection.admission IS NOT NULL
                ORDER BY section.key
                """)
        guard !keys.isEmpty else { return try change() }
        let held = try keys.map { try section(key: $0) }
        for logged in held { try lift(logged, in: scope(key: logged.scopeKey)) }
        try change()
        let own = try ownDevices(upTo: DeviceID(column: meta.integer(.device) ?? 0))
        for logged in held {
            let row = try scope(key: logged.scopeKey)
            if try isLaidOver(logged, in: row, own) { try overlay(logged, in: row) }
        }
        try flush()
    }

    /// Lays a section over the records anew, of which something else is to be shown than before.
    func layOverAgain(_ logged: LoggedSection, in row: ScopeRow, _ own: [OwnDevice]) throws {
        try lift(logged, in: row)
        if try isLaidOver(logged, in: row, own) { try overlay(logged, in: row) }
    }

    private func lift(_ logged: LoggedSection, in row: ScopeRow) throws {
        guard let section = try? logged.content.open() else { return }
        try lift(section, of: logged.device, in: row)
    }

    // MARK: Seen beyond

    /// What had come by bundle in a scope and not yet by the hub: for each other device the last
    /// of its changes up to which nothing is missing.
    ///
    /// After a gap, or after a change that is withheld, nothing counts as seen: whoever writes here
    /// must not be taken to have overwritten what nobody could see on this laptop. What the hub has
    /// refused is not there to be overwritten, and nobody here can write over what only a later
    /// version knows: that counts as what the hub delivers does.
    func seenBeyond(in row: ScopeRow) throws -> [DeviceNumber] {
        let own = try meta.integer(.device) ?? 0
        let keys = try Int64.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT key FROM section WHERE scope = ? AND epoch IS NULL AND device <> ?
                    ORDER BY device, sequence
                    """), arguments: [row.key, own])
        guard !keys.isEmpty else { return [] }
        let held = Dictionary(grouping: try keys.map { try section(key: $0) }, by: \.device)
        return try held.keys.sorted().compactMap { device in
            let before = try lastDecidedNumber(of: device, in: row)
            var last = before
            for logged in held[device] ?? [] {
                guard let number = try lastSeen(in: logged, after: last) else { break }
                last = number
                if try last < logged.content.outline().lastNumber { break }
            }
            return last > before ? DeviceNumber(device: device, number: last) : nil
        }
        .prefix(Limits.beyondMax).map { $0 }
    }

    /// The last change of a section before the first that ends what was seen; nil if it does not
    /// follow.
    private func lastSeen(in logged: LoggedSection, after last: UInt64) throws -> UInt64? {
        guard let outline = try? logged.content.outline(), outline.firstNumber == last + 1 else {
            return nil
        }
        var number = last
        for set in try outlook(of: logged) {
            for placed in set.changes {
                guard set.isShown || set.isRefused || !Schema.knows(placed.change) else {
                    return number
                }
                number = placed.number
            }
        }
        return number
    }

    private func lastDecidedNumber(of device: DeviceID, in row: ScopeRow) throws -> UInt64 {
        let last = try Row.fetchOne(
            database.cachedStatement(
                sql: LoggedSection.selectSQL + """
                     WHERE scope = ? AND device = ? AND epoch IS NOT NULL
                    ORDER BY sequence DESC LIMIT 1
                    """), arguments: [row.key, device.column])
        return try last.map { try LoggedSection($0).content.outline().lastNumber } ?? 0
    }

    // MARK: Letting go

    /// Removes a batch that came by bundle and stands under the number of another one, which the hub
    /// has admitted: the device's laptop was restored or copied, and this was lost on its way.
    /// What this laptop wrote itself is written anew, and so is what it wrote after it.
    func makeRoom(for batch: Digest, header: BatchHeader, _ identity: Identity) throws {
        guard let known = try self.batch(device: header.device, sequence: header.sequence),
            known.id != batch, known.position == nil
        else { return }
        let ownDevices = try ownDevices(identity)
        guard isOwn(known, of: ownDevices) else {
            _ = try remove(held: known)
            return
        }
        let lost = try Row.fetchAll(
            database,
            sql: LoggedBatch.selectSQL + """
                 WHERE device = ? AND sequence >= ? AND epoch IS NULL AND state IN (0, 3, 4)
                ORDER BY sequence
                """,
            arguments: [header.device.column, Int64(bitPattern: header.sequence)]
        ).map(LoggedBatch.init)
        try Reauthoring(self).cut(
            lost: lost.filter { isOwn($0, of: ownDevices) },
            successor: identity.device)
    }

    /// Removes a batch that came by bundle and will hardly ever be decided on. What this laptop wrote
    /// itself under a former key is written anew.
    ///
    /// - Returns: how many changes of others are gone.
    func letGo(ofHeld id: Digest, _ identity: Identity) throws -> Int {
        guard let batch = try batch(id: id), batch.position == nil,
            batch.device != identity.device
        else { return 0 }
        if try isOwn(batch, of: ownDevices(identity)) {
            try Reauthoring(self).cut(lost: [batch], successor: identity.device)
            return 0
        }
        return try remove(held: batch)
    }

    /// Whether this laptop wrote a batch, be it under a former key. What others gave it is never
    /// unsent; of a former key's batches those are that the hub has lost.
    func isOwn(_ batch: LoggedBatch, of ownDevices: [OwnDevice]) -> Bool {
        [.unsent, .waiting].contains(batch.state)
            || ownDevices.wrote(batch.device, batch.sequence)
    }

    private func remove(held batch: LoggedBatch) throws -> Int {
        var count = 0
        for logged in try sections(of: batch) {
            count += logged.changeCount
            try withdraw(logged, in: scope(key: logged.scopeKey))
            try deleteSection(logged.key)
        }
        try database.execute(
            sql: "DELETE FROM batch WHERE id = ?", arguments: [Data(batch.id.bytes)])
        return count
    }

    /// Whether something is held of a batch of which the hub has the rest, for as long as it gets back
    /// what it has lost.
    func holdsUntilRecovered() throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM heldSection
                        JOIN section ON section.key = heldSection.section
                        JOIN batch USING (device, sequence)
                        WHERE heldSection.admission IS NOT NULL AND section.epoch IS NULL
                            AND batch.epoch IS NOT NULL)
                    """)) ?? false
    }

    /// Removes what came by bundle from others and will never come from the hub: the rest of its
    /// batch has come, so this was refused or is not for this member; or the member may not read
    /// its scope any more.
    ///
    /// - Parameters:
    ///   - identity: this device's.
    ///   - isRecovering: whether the hub gets back what it has lost. What it had decided on may be
    ///     among that, and stays.
    /// - Returns: how many changes are gone that the member may read.
    /// - Throws: if the log cannot be written to.
    func letGoOfHeld(_ identity: Identity, isRecovering: Bool) throws -> Int {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT section.key, batch.epoch IS NOT NULL FROM scope
                    JOIN section ON section.scope = scope.key AND section.epoch IS NULL
                    JOIN batch ON batch.device = section.device
                        AND batch.sequence = section.sequence
                    WHERE section.device <> ?
                    """), arguments: [identity.device.column])
        guard !rows.isEmpty else { return 0 }
        var count = 0
        let own = try ownDevices(identity)
        let facts = TableFacts(self, selfKnowledge: (identity.member, identity.role))
        for row in rows {
            let logged = try section(key: row[0])
            let batch = try batch(device: logged.device, sequence: logged.sequence)
            guard let batch, !isOwn(batch, of: own) else { continue }
            let scope = try scope(key: logged.scopeKey)
            let isReadable = try facts.mayRead(scope.scope, member: identity.member)
            if isReadable, row[1] == false { continue }
            if try isReadable && isRecovering && heldSection(logged.key)?.admission != nil {
                continue
            }
            if isReadable { count += logged.changeCount }
            try withdraw(logged, in: scope)
            try deleteSection(logged.key)
        }
        try database.execute(
            sql: """
                DELETE FROM batch WHERE device <> ? AND epoch IS NULL AND NOT EXISTS (
                    SELECT 1 FROM section WHERE section.device = batch.device
                        AND section.sequence = batch.sequence)
                """, arguments: [identity.device.column])
        try flush()
        return count
    }
}

extension StoreTransaction.LoggedSection {
    /// How many changes it holds; none for one that cannot be read.
    fileprivate var changeCount: Int { (try? content.outline())?.changeCount ?? 0 }
}
