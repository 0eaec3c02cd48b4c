package import Cryptography
import Foundation
import GRDB
package import Model

/// The merged records: loaded, changed in memory, written back once.
extension StoreTransaction {
    /// The state of a record in one scope; an empty one if nothing is known of it.
    package func state(of record: RecordID, entity: EntityID, in scope: ScopeRow) throws
        -> RecordState
    {
        let loaded = try load(record, entity, scope.key)
        try updateTexts(of: loaded, scope.key)
        return loaded.state
    }

    /// The scopes in which a record has a row, ascending.
    package func scopes(holding record: RecordID, entity: EntityID) throws -> [Scope] {
        try flush()
        var sql = "SELECT scope FROM \(ForeignTable.name) WHERE id = ? AND entity = ?"
        var arguments: StatementArguments = [Data(record.bytes)]
        if let table = EntityTable.of(entity) {
            sql = "SELECT scope FROM \"\(table.name)\" WHERE id = ?"
        } else {
            arguments += [Int64(entity.rawValue)]
        }
        let keys = try Int64.fetchAll(
            database.cachedStatement(sql: sql), arguments: arguments)
        return try keys.map { try scope(key: $0).scope }.sorted()
    }

    /// When a record was erased, as far as that is admitted; its texts are not looked at.
    package func erasures(
        of record: RecordID, entity: EntityID, in scope: ScopeRow
    ) throws -> [Head] {
        try load(record, entity, scope.key).state.erasures
    }

    /// Takes in an admitted change. An erasure takes what is there of the record but by who had seen
    /// it.
    ///
    /// - Parameters:
    ///   - placed: the change.
    ///   - scope: the scope in which it stands.
    ///   - log: holds what was admitted before; nil if that is this store.
    /// - Throws: if log or tables cannot be read.
    package func admit(
        _ placed: PlacedChange, in scope: ScopeRow, log: StoreTransaction? = nil
    ) throws {
        let loaded = try load(placed.change.record, placed.change.entity, scope.key)
        try admitText(placed, of: loaded, scope.key)
        loaded.state.admit(placed)
        touch(loaded)
        loaded.isAdmittedDirty = true
        guard placed.change.isErasure else { return }
        for known in try (log ?? self).changesKnowing(placed, in: scope.scope) {
            try admit(known, in: scope)
        }
    }

    /// Puts a record as it comes with a snapshot, or is worked out anew, in the place of what is
    /// known of it. Changes that are laid over it stay, unless they were decided on before.
    ///
    /// There is a row to look for only if it `mayExist`.
    package func install(
        _ state: RecordState, texts: [FieldID: FieldText], of record: RecordID,
        in scope: ScopeRow, mayExist: Bool, isDecided: (PlacedChange) -> Bool
    ) throws {
        let loaded: LoadedRecord
        if mayExist {
            loaded = try load(record, state.entity, scope.key)
            try eraseTexts(of: loaded, scope.key) { _ in true }
        } else {
            loaded = LoadedRecord(
                record: record, scope: scope.key, key: nil,
                state: RecordState(entity: state.entity), storedHash: nil, hadConflict: false)
            putInPlace(loaded)
        }
        loaded.state = RecordState(
            entity: state.entity, creation: state.creation, cells: state.cells,
            tentative: loaded.state.tentative.filter { !isDecided($0) })
        for (field, text) in texts {
            let hasRow = loaded.texts[field]?.hasRow ?? false
            loaded.texts[field] = LoadedText(admitted: text, isDirty: true, hasRow: hasRow)
        }
        try loadTexts(of: loaded, scope.key)
        touch(loaded)
        loaded.isAdmittedDirty = true
    }

    /// Puts a record into its table as if it had not been stored before; a row that it has is
    /// written anew.
    func replace(
        _ state: RecordState, of record: RecordID, rowKey: Int64?, in scope: ScopeRow
    ) throws {
        let loaded = LoadedRecord(
            record: record, scope: scope.key, key: rowKey, state: state, storedHash: nil,
            hadConflict: false)
        putInPlace(loaded)
        try loadTexts(of: loaded, scope.key)
        touch(loaded)
        loaded.isAdmittedDirty = true
    }

    /// Lays a change over the record until it is admitted or refused. Of one that was erased nothing
    /// is left to lay over.
    package func overlay(_ placed: PlacedChange, in scope: ScopeRow) throws {
        guard placed.change.operation != .erased else { return }
        guard try !isBehindSnapshot(placed, in: scope) else { return }
        let loaded = try load(placed.change.record, placed.change.entity, scope.key)
        try overlayText(placed, of: loaded, scope.key)
        loaded.state.overlay(placed)
        touch(loaded)
    }

    /// Takes out tentative changes of one device.
    package func withdraw(
        _ record: RecordID, entity: EntityID, in scope: ScopeRow, device: DeviceID,
        numbers: ClosedRange<UInt64>
    ) throws {
        let loaded = try load(record, entity, scope.key)
        try withdrawText(of: loaded, scope.key, device: device, numbers: numbers)
        loaded.state.withdraw(device: device, numbers: numbers)
        touch(loaded)
    }

    /// The hash that a record's admitted state adds to the state hash of its scope; nil for one
    /// without admitted cells.
    package static func stateHash(of state: RecordState, record: RecordID) -> ContentHash? {
        LoadedRecord.hash(of: state, record: record)
    }

    /// Drops what is admitted of a field that was erased.
    package func erase(
        _ field: FieldID, of record: RecordID, _ entity: EntityID, in scope: ScopeRow
    ) throws {
        let loaded = try load(record, entity, scope.key)
        try eraseTexts(of: loaded, scope.key) { $0 == field }
        loaded.state.erase(field)
        touch(loaded)
        loaded.isAdmittedDirty = true
    }

    private func touch(_ loaded: LoadedRecord) {
        let entity = loaded.entity
        if entity == Schema.profile.id || entity == Schema.mentorship.id { forgetFacts() }
        guard !loaded.isDirty else { return }
        loaded.isDirty = true
        dirtyRecords[entity, default: []].append(loaded)
        dirtyCount += 1
    }

    /// Makes this what is known of a record; what was known of it before is not written any more.
    private func putInPlace(_ loaded: LoadedRecord) {
        let place = RecordKey(
            record: loaded.record, entity: loaded.entity, scope: loaded.scope)
        records[place]?.isDirty = false
        records[place] = loaded
    }

    /// What a person sees of a state.
    package func view(of state: RecordState) -> RecordView {
        let entity = Schema.entity(state.entity)
        return RecordView(
            of: state, isQuiet: { entity?.field($0)?.isQuiet ?? false },
            member: { try? self.member(of: $0) })
    }

    func load(_ record: RecordID, _ entity: EntityID, _ scope: Int64) throws
        -> LoadedRecord
    {
        // Changes of one record stand together.
        if let latest, latest.record == record, latest.entity == entity, latest.scope == scope {
            return latest
        }
        let recordKey = RecordKey(record: record, entity: entity, scope: scope)
        if let loaded = records[recordKey] {
            latest = loaded
            return loaded
        }
        let loaded: LoadedRecord
        if let row = try fetchRow(record, entity, scope) {
            let state = try RecordState(
                stored: row, entity: entity, table: statements(for: entity).table)
            loaded = LoadedRecord(
                record: record, scope: scope, key: row[0], state: state,
                storedHash: LoadedRecord.hash(of: state, record: record),
                hadConflict: try hasConflict(record, entity, scope))
            // A conflict about a text shows in its history alone, and not while the record is gone.
            let isLive = row["life"] == RecordView.Life.live.rawValue
            if loaded.hadConflict || !isLive { try loadTexts(of: loaded, scope) }
        } else {
            loaded = LoadedRecord(
                record: record, scope: scope, key: nil, state: RecordState(entity: entity),
                storedHash: nil, hadConflict: false)
        }
        records[recordKey] = loaded
        latest = loaded
        return loaded
    }

    private func fetchRow(_ record: RecordID, _ entity: EntityID, _ scope: Int64) throws -> Row? {
        let statements = statements(for: entity)
        let find = try statements.find()
        find.bind(record)
        find.bind(scope)
        if statements.table == nil { find.bind(Int64(entity.rawValue)) }
        guard let key = try find.integer() else { return nil }
        let select = statements.table?.selectSQL ?? ForeignTable.selectSQL
        return try Row.fetchOne(
            database.cachedStatement(sql: select + " WHERE key = ?"), arguments: [key])
    }

    /// Two copies of a laptop may have given one id to records of two entities.
    private func hasConflict(
        _ record: RecordID, _ entity: EntityID, _ scope: Int64
    ) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM conflict
                        WHERE record = ? AND scope = ? AND entity = ?)
                    """),
            arguments: [Data(record.bytes), scope, Int64(entity.rawValue)]) ?? false
    }

    // MARK: Writing back

    /// Writes all changed records: row, bookkeeping, conflicts, and the scopes' state hashes.
    package func flush() throws {
        try writeRecords()
        try forgetUndone()
    }

    /// Writes the changed records if they have become many. A long transaction calls this between
    /// its steps, so that its memory stays small and what it works on within the processor's reach.
    func flushMany() throws {
        if dirtyCount >= Self.dirtyRecordsMax { try writeRecords() }
    }

    private func writeRecords() throws {
        for entity in dirtyRecords.keys.sorted() { try flush(entity) }
        // Bounds the memory of long transactions; what is needed again is loaded again.
        if records.count > Self.keptRecordsMax { records.removeAll() }
    }

    private static let dirtyRecordsMax = 1_000
    private static let keptRecordsMax = 4_000

    /// Writes the changed records of one entity.
    package func flush(_ entity: EntityID) throws {
        guard let dirty = dirtyRecords.removeValue(forKey: entity) else { return }
        dirtyCount -= dirty.count
        let statements = statements(for: entity)
        var hashes: [Int64: StateHash] = [:]
        for loaded in dirty where loaded.isDirty {
            try store(loaded, statements)
            guard loaded.isAdmittedDirty else { continue }
            var sum = try hashes[loaded.scope] ?? scope(key: loaded.scope).stateHash
            let hash = LoadedRecord.hash(of: loaded.state, record: loaded.record)
            if let stored = loaded.storedHash { sum.subtract(stored) }
            if let hash { sum.add(hash) }
            loaded.storedHash = hash
            loaded.isAdmittedDirty = false
            hashes[loaded.scope] = sum
        }
        for (key, sum) in hashes {
            var row = try scope(key: key)
            row.stateHash = sum
            try update(row)
        }
    }

    private func store(_ loaded: LoadedRecord, _ statements: RecordStatements) throws {
        loaded.isDirty = false
        try searchTexts(of: loaded, loaded.scope)
        try storeTexts(of: loaded)
        let table = statements.table
        if loaded.state.isEmpty {
            if let key = loaded.key {
                let name = table?.name ?? ForeignTable.name
                try database.cachedStatement(sql: "DELETE FROM \"\(name)\" WHERE key = ?")
                    .execute(arguments: [key])
                loaded.key = nil
            }
            try storeConflicts([], loaded)
            return
        }
        let view = view(of: loaded.state)
        let created = loaded.state.creation?.time ?? loaded.state.tentative.first?.time ?? .earliest
        let cells = loaded.state.storedBytes(of: loaded.record) { field, value in
            guard let type = table?.entity.type(of: field) else { return false }
            return view.values[field] == value && EntityTable.isFaithful(value, in: type)
        }
        let statement = try loaded.key == nil ? statements.insert() : statements.update()
        if loaded.key == nil {
            statement.bind(loaded.record)
            statement.bind(loaded.scope)
        }
        statement.bind(view.life.rawValue)
        statement.bind(created.milliseconds)
        statement.bind(view.updated.milliseconds)
        statement.bind(blob: cells)
        for field in table?.entity.fields ?? [] {
            statement.bind(EntityTable.column(view.values[field.id], of: field.type))
        }
        if let key = loaded.key {
            statement.bind(key)
            try statement.run()
        } else {
            if table == nil { statement.bind(Int64(loaded.entity.rawValue)) }
            loaded.key = try statement.insert()
        }
        try storeConflicts(view.conflicts, loaded)
    }

    private func storeConflicts(
        _ conflicts: [RecordView.Conflict], _ loaded: LoadedRecord
    ) throws {
        if loaded.hadConflict {
            try database.cachedStatement(
                sql: "DELETE FROM conflict WHERE record = ? AND scope = ? AND entity = ?"
            ).execute(arguments: [
                Data(loaded.record.bytes), loaded.scope, Int64(loaded.entity.rawValue),
            ])
        }
        for conflict in conflicts {
            let id = try ConflictID(
                record: loaded.record, scope: scope(key: loaded.scope).scope,
                entity: loaded.entity, field: conflict.field)
            try database.cachedStatement(
                sql: """
                    INSERT INTO conflict (id, record, entity, scope, field, kind)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                Data(id.bytes), Data(loaded.record.bytes), Int64(loaded.entity.rawValue),
                loaded.scope, Int64(conflict.field.rawValue), conflict.kind.rawValue,
            ])
        }
        loaded.hadConflict = !conflicts.isEmpty
    }
}

/// Names a conflict: the same on every replica that has it.
package struct ConflictID: Hashable, Sendable {
    package let bytes: [UInt8]

    init(record: RecordID, scope: Scope, entity: EntityID, field: FieldID) {
        var writer = ByteWriter()
        writer.append(bytes: record.bytes)
        writer.append(bytes: scope.bytes)
        writer.append(varint: UInt64(entity.rawValue))
        writer.append(varint: UInt64(field.rawValue))
        bytes = Array(
            ContentHash.of(writer.bytes, domain: HashDomain("waymark conflict v1")).bytes.prefix(16)
        )
    }

    package var text: String { bytes.hexadecimal }
}

extension RecordState {
    /// Reads the state from a row.
    ///
    /// - Parameters:
    ///   - row: of the table's ``EntityTable/selectSQL``, or of ``ForeignTable/selectSQL``.
    ///   - entity: what the record is.
    ///   - table: from which the row comes; nil for ``ForeignTable``, in which records stay until the
    ///     tables are worked out anew for a version that knows their entity.
    /// - Throws: ``ReplicaError`` with `damaged`.
    init(stored row: Row, entity: EntityID, table: EntityTable?) throws {
        guard let record = RecordID(bytes: row[1] as Data) else {
            throw ReplicaError(.damaged, "record")
        }
        let bytes = [UInt8](row[6] as Data)
        do {
            self = try RecordState(storedBytes: bytes, record: record) { field in
                guard let table, let index = table.entity.place(of: field) else { return .null }
                return table.value(index, in: row)
            }
            // What a text says stands in the row; its history is not needed to read it.
            let written = textFields
            for (index, field) in (table?.entity.fields ?? []).enumerated()
            where field.merge == .text && written.contains(field.id) {
                texts[field.id] = ShownText(table?.value(index, in: row).text ?? "")
            }
        } catch {
            throw ReplicaError(.damaged, record.text)
        }
    }
}
