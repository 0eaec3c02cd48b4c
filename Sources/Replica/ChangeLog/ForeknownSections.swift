import Foundation
import GRDB
import Model
import Wire

extension StoreTransaction {
    /// Changes of a record that were admitted before its erasure although their authors had seen it:
    /// it had come to them by bundle, and they to the hub before whoever erased.
    ///
    /// - Parameters:
    ///   - erasure: the erasure, admitted.
    ///   - scope: the scope in which it stands.
    /// - Returns: the changes that it does not take, in the hub's order; hardly ever any.
    /// - Throws: if the log cannot be read.
    func changesKnowing(_ erasure: PlacedChange, in scope: Scope) throws -> [PlacedChange] {
        guard let row = try existingScope(scope) else { return [] }
        return try sectionsForeknowing(erasure, in: row)
            .flatMap { try changesKnowing(erasure, among: $0, in: row) }
    }

    /// Sections before an erasure whose authors may have seen it.
    private func sectionsForeknowing(
        _ erasure: PlacedChange, in row: ScopeRow
    ) throws -> [LoggedSection] {
        guard let last = erasure.position else { return [] }
        // Nobody can have seen it before it was written.
        let first = erasure.context.position
        let place = ForeknownSections.Place(
            scope: row.key, device: erasure.device, first: first, last: last)
        if let known = latestForeknown, known.place == place { return known.sections }
        let rows = try Row.fetchCursor(
            database,
            sql: LoggedSection.selectSQL
                + """
                 WHERE scope = ? AND (epoch, number) > (?, ?) AND (epoch, number) < (?, ?)
                    AND applied = 1
                ORDER BY epoch, number, hash
                """,
            arguments: [
                row.key, Int64(first.epoch), Int64(bitPattern: first.number), Int64(last.epoch),
                Int64(bitPattern: last.number),
            ])
        let lineage = try lineage()
        var sections: [LoggedSection] = []
        while let row = try rows.next() {
            let logged = try LoggedSection(row)
            guard let section = try? logged.content.open() else { continue }
            if logged.device != erasure.device, section.beyond.isEmpty {
                // A lost place may stand for more.
                let batch = try batch(device: logged.device, sequence: logged.sequence)
                if try batch.map({ lineage.holds(try $0.header().context) }) ?? true { continue }
            }
            sections.append(logged)
        }
        latestForeknown = ForeknownSections(place: place, sections: sections)
        return sections
    }

    private func changesKnowing(
        _ erasure: PlacedChange, among logged: LoggedSection, in row: ScopeRow
    ) throws -> [PlacedChange] {
        guard let section = try? logged.content.open(), let position = logged.position,
            let batch = try batch(device: logged.device, sequence: logged.sequence),
            let receipt = batch.receipt, let decisionBytes = logged.admissionBytes
        else { return [] }
        let decision = try SectionAdmission(encodedBytes: decisionBytes)
        let placed = section.placed(
            device: logged.device,
            context: try context(of: section, header: batch.header(), in: row, at: position),
            position: position, floor: decision.floor, receipt: receipt)
        return zip(section.changeSets, placed)
            .filter { decision.refusal(ofOrdinal: $0.0.ordinal) == nil }.flatMap(\.1)
            .filter { known in
                known.change.record == erasure.change.record
                    && known.change.entity == erasure.change.entity && known.change.isErasable
                    && !known.isErased(by: Erasure(erasure))
            }
    }
}

/// Sections that stand before one batch's erasures in a scope and may know them.
struct ForeknownSections {
    struct Place: Hashable {
        let scope: Int64
        /// The device that erased.
        let device: DeviceID
        /// What it had seen, and where the hub put its batch.
        let first: Position
        let last: Position
    }

    let place: Place
    let sections: [StoreTransaction.LoggedSection]
}
