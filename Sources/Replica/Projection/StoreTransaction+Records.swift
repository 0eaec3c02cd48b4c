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

    /// When a record was erased, as far as that is admitted; its texts are not looked at.
    package func erasures(
        of record: RecordID, entity: EntityID, in scope: ScopeRow
    ) throws -> [Head] {
        try load(record, entity, scope.key).state.erasures
    }

    /// Takes in an admitted change.
    package func admit(_ placed: PlacedChange, in scope: ScopeRow) throws {
        let loaded = try load(placed.change.record, placed.change.entity, scope.key)
        try admitText(placed, of: loaded, scope.key)
        loaded.state.admit(placed)
        touch(loaded, placed.change.entity, scope)
        loaded.isAdmittedDirty = true
    }

    /// Puts a record that comes with a snapshot in the place of what is known of it. Changes that
    /// are laid over it stay, unless they were decided on before the snapshot.
    ///
    /// There is a row to look for only if it `mayExist`.
    func install(
        _ state: RecordState, texts: [FieldID: FieldText], of record: RecordID,
        in scope: ScopeRow, mayExist: Bool, isDecided: (PlacedChange) -> Bool
    ) throws {
        let loaded: LoadedRecord
        if mayExist {
            loaded = try load(record, state.entity, scope.key)
        } else {
            loaded = LoadedRecord(
                record: record, key: nil, state: RecordState(entity: state.entity),
                storedHash: nil, hadConflict: false)
            records[RecordKey(record: record, entity: state.entity, scope: scope.key)] = loaded
        }
        loaded.state = RecordState(
            entity: state.entity, creation: state.creation, cells: state.cells,
            tentative: loaded.state.tentative.filter { !isDecided($0) })
        loaded.texts = texts.mapValues { LoadedText(admitted: $0, isDirty: true, hasRow: false) }
        try loadTexts(of: loaded, scope.key)
        touch(loaded, state.entity, scope)
        loaded.isAdmittedDirty = true
    }

    /// Puts a record into its table as if it had not been stored before; a row that it has is
    /// written anew.
    func replace(
        _ state: RecordState, of record: RecordID, rowKey: Int64?, in scope: ScopeRow
    ) throws {
        let loaded = LoadedRecord(
            record: record, key: rowKey, state: state, storedHash: nil, hadConflict: false)
        records[RecordKey(record: record, entity: state.entity, scope: scope.key)] = loaded
        try loadTexts(of: loaded, scope.key)
        touch(loaded, state.entity, scope)
        loaded.isAdmittedDirty = true
    }

    /// Lays a change over the record until it is admitted or refused.
    package func overlay(_ placed: PlacedChange, in scope: ScopeRow) throws {
        guard try !isBehindSnapshot(placed, in: scope) else { return }
        let loaded = try load(placed.change.record, placed.change.entity, scope.key)
        try overlayText(placed, of: loaded, scope.key)
        loaded.state.overlay(placed)
        touch(loaded, placed.change.entity, scope)
    }

    /// Takes out tentative changes of one device.
    package func withdraw(
        _ record: RecordID, entity: EntityID, in scope: ScopeRow, device: DeviceID,
        numbers: ClosedRange<UInt64>
    ) throws {
        let loaded = try load(record, entity, scope.key)
        try withdrawText(of: loaded, scope.key, device: device, numbers: numbers)
        loaded.state.withdraw(device: device, numbers: numbers)
        touch(loaded, entity, scope)
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
        touch(loaded, entity, scope)
        loaded.isAdmittedDirty = true
    }

    private func touch(_ loaded: LoadedRecord, _ entity: EntityID, _ scope: ScopeRow) {
        if entity == Schema.profile.id || entity == Schema.mentorship.id { forgetFacts() }
        guard !loaded.isDirty else { return }
        loaded.isDirty = true
        dirtyRecords[entity, default: []].append(
            RecordKey(record: loaded.record, entity: entity, scope: scope.key))
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
        let recordKey = RecordKey(record: record, entity: entity, scope: scope)
        if let loaded = records[recordKey] { return loaded }
        let loaded: LoadedRecord
        if let row = try fetchRow(record, entity, scope) {
            let state = try RecordState(stored: row, entity: entity)
            loaded = LoadedRecord(
                record: record, key: row[0], state: state,
                storedHash: LoadedRecord.hash(of: state, record: record),
                hadConflict: try hasConflict(record, scope))
            if loaded.hadConflict { try loadTexts(of: loaded, scope) }
        } else {
            loaded = LoadedRecord(
                record: record, key: nil, state: RecordState(entity: entity), storedHash: nil,
                hadConflict: false)
        }
        records[recordKey] = loaded
        return loaded
    }

    private func fetchRow(_ record: RecordID, _ entity: EntityID, _ scope: Int64) throws -> Row? {
        let table = EntityTable.of(entity)
        var find = try DirectStatement(database, sql: table?.findSQL ?? ForeignTable.findSQL)
        find.bind(record)
        find.bind(scope)
        guard let key = try find.integer() else { return nil }
        let select = table?.selectSQL ?? ForeignTable.selectSQL
        return try Row.fetchOne(
            database.cachedStatement(sql: select + " WHERE key = ?"), arguments: [key])
    }

    private func hasConflict(_ record: RecordID, _ scope: Int64) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM conflict WHERE record = ? AND scope = ?)"),
            arguments: [Data(record.bytes), scope]) ?? false
    }

    // MARK: Writing back

    /// Writes all changed records: row, bookkeeping, conflicts, and the scopes' state hashes.
    package func flush() throws {
        for entity in dirtyRecords.keys.sorted() { try flush(entity) }
        // Bounds the memory of long transactions; what is needed again is loaded again.
        if records.count > 20_000 { records.removeAll() }
    }

    /// Writes the changed records of one entity.
    package func flush(_ entity: EntityID) throws {
        guard let dirty = dirtyRecords.removeValue(forKey: entity) else { return }
        var hashes: [Int64: StateHash] = [:]
        for recordKey in dirty {
            guard let loaded = records[recordKey], loaded.isDirty else { continue }
            try store(loaded, recordKey)
            guard loaded.isAdmittedDirty else { continue }
            var sum = try hashes[recordKey.scope] ?? scope(key: recordKey.scope).stateHash
            let hash = LoadedRecord.hash(of: loaded.state, record: loaded.record)
            if let stored = loaded.storedHash { sum.subtract(stored) }
            if let hash { sum.add(hash) }
            loaded.storedHash = hash
            loaded.isAdmittedDirty = false
            hashes[recordKey.scope] = sum
        }
        for (key, sum) in hashes {
            var row = try scope(key: key)
            row.stateHash = sum
            try update(row)
        }
    }

    private func store(_ loaded: LoadedRecord, _ recordKey: RecordKey) throws {
        loaded.isDirty = false
        try searchTexts(of: loaded, recordKey.scope)
        try storeTexts(of: loaded, recordKey)
        let tableSQL = EntityTable.of(recordKey.entity)
        if loaded.state.isEmpty {
            if let key = loaded.key {
                let name = tableSQL?.name ?? ForeignTable.name
                try database.cachedStatement(sql: "DELETE FROM \"\(name)\" WHERE key = ?")
                    .execute(arguments: [key])
                loaded.key = nil
            }
            try storeConflicts([], loaded, recordKey)
            return
        }
        let view = view(of: loaded.state)
        let created = loaded.state.creation?.time ?? loaded.state.tentative.first?.time ?? .earliest
        let cells = loaded.state.storedBytes { field, value in
            guard let type = tableSQL?.entity.field(field)?.type else { return false }
            return EntityTable.isFaithful(value, in: type) && view.values[field] == value
        }
        let isNew = loaded.key == nil
        var statement = try DirectStatement(
            database,
            sql: isNew
                ? tableSQL?.insertSQL ?? ForeignTable.insertSQL
                : tableSQL?.updateSQL ?? ForeignTable.updateSQL)
        if isNew {
            statement.bind(recordKey.record)
            statement.bind(recordKey.scope)
        }
        statement.bind(view.life.rawValue)
        statement.bind(created.milliseconds)
        statement.bind(view.updated.milliseconds)
        statement.bind(blob: cells)
        for field in tableSQL?.entity.fields ?? [] {
            statement.bind(EntityTable.column(view.values[field.id], of: field.type))
        }
        if let key = loaded.key { statement.bind(key) }
        try statement.run()
        if isNew { loaded.key = database.lastInsertedRowID }
        try storeConflicts(view.conflicts, loaded, recordKey)
    }

    private func storeConflicts(
        _ conflicts: [RecordView.Conflict], _ loaded: LoadedRecord, _ recordKey: RecordKey
    ) throws {
        if loaded.hadConflict {
            try database.cachedStatement(
                sql: "DELETE FROM conflict WHERE record = ? AND scope = ?"
            ).execute(arguments: [Data(recordKey.record.bytes), recordKey.scope])
        }
        for conflict in conflicts {
            let id = try ConflictID(
                record: recordKey.record, scope: scope(key: recordKey.scope).scope,
                entity: recordKey.entity, field: conflict.field)
            try database.cachedStatement(
                sql: """
                    INSERT INTO conflict (id, record, entity, scope, field, kind)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                Data(id.bytes), Data(recordKey.record.bytes), Int64(recordKey.entity.rawValue),
                recordKey.scope, Int64(conflict.field.rawValue), conflict.kind.rawValue,
            ])
        }
        loaded.hadConflict = !conflicts.isEmpty
    }
}

/// The table for records of entities that a later version knows.
enum ForeignTable {
    static let name = "foreignRecord"
    static let selectSQL = """
        SELECT key, id, scope, life, createdAt, updatedAt, cells FROM foreignRecord
        """
    static let findSQL = "SELECT key FROM foreignRecord WHERE id = ? AND scope = ?"
    static let insertSQL = """
        INSERT INTO foreignRecord (id, scope, life, createdAt, updatedAt, cells)
        VALUES (?, ?, ?, ?, ?, ?)
        """
    static let updateSQL = """
        UPDATE foreignRecord SET life = ?, createdAt = ?, updatedAt = ?, cells = ? WHERE key = ?
        """
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
    /// Reads the state from a row of an entity's table or of ``ForeignTable``.
    init(stored row: Row, entity: EntityID) throws {
        guard let record = RecordID(bytes: row[1] as Data) else {
            throw ReplicaError(.damaged, "record")
        }
        let table = EntityTable.of(entity)
        let bytes = [UInt8](row[6] as Data)
        do {
            self = try RecordState(storedBytes: bytes, record: record) { field in
                guard let table,
                    let index = table.entity.fields.firstIndex(where: { $0.id == field })
                else { return .null }
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
