import GRDB
import Model
import Wire

/// What a request takes to the hub of the device's own work.
extension StoreTransaction {
    /// Whether the replica is not whole yet, and the hub may or may not have batches of the device.
    private func awaitsDecisions(of device: DeviceID) throws -> Bool {
        try meta.integer(.incomplete) == 1 && hasBatches(of: device, in: .received)
    }

    /// Whether the log has batches of the device that stand like this.
    func hasBatches(of device: DeviceID, in state: BatchState) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM batch WHERE device = ? AND state = ?)"),
            arguments: [device.column, state.rawValue]) ?? false
    }

    /// The device's own batches that the hub has not decided on, in sequence, as many as one
    /// request takes.
    ///
    /// Those that wait at the hub for its update come only where there are no others, and no more than
    /// the given count. If that is one, it is the last: a hub that was set back and lacks some does not
    /// know what that one continues, and says so.
    ///
    /// None while the log is fetched anew and the hub has not said what it has of it. It was set back,
    /// and may have lost what these batches continue: it would take this laptop for a copy.
    func unsentBatches(of device: DeviceID, waitingMax: Int) throws -> [SealedBatch] {
        guard try !awaitsDecisions(of: device) else { return [] }
        let state = try hasBatches(of: device, in: .unsent) ? BatchState.unsent : .waiting
        let countMax = state == .unsent ? Int.max : waitingMax
        let order = countMax == 1 ? "sequence DESC" : "sequence"
        let rows = try Row.fetchCursor(
            database,
            sql: LoggedBatch.selectSQL + " WHERE device = ? AND state = ? ORDER BY \(order)",
            arguments: [device.column, state.rawValue])
        var batches: [SealedBatch] = []
        var byteCount = 0
        var changeCount = 0
        while batches.count < countMax, let row = try rows.next() {
            let logged = try LoggedBatch(row)
            let batch = SealedBatch(
                headerBytes: logged.headerBytes, signature: logged.signature,
                sections: try sections(of: logged).map { try $0.content })
            byteCount += batch.encodedBytes.count
            changeCount += try batch.sections.reduce(0) { $0 + (try $1.outline().changeCount) }
            let isTooMuch =
                byteCount > Limits.pushBytesTarget || changeCount > Limits.pushChangesTarget
            if !batches.isEmpty, isTooMuch { break }
            batches.append(batch)
        }
        return batches
    }
}
