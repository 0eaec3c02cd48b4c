package import Cryptography
import Foundation
import GRDB
package import Model
package import Wire

/// The epochs of the hub's order, and what contexts of lost places have seen.
extension StoreTransaction {
    /// Which places are in the hub's order, as far as is known here.
    package func lineage() throws -> Lineage {
        if let knownLineage { return knownLineage }
        guard let hubKey = try meta.hubKey() else { return Lineage() }
        var branches: [UInt32: Position] = [:]
        for signed in try epochStarts() {
            let start = try signed.verify(hubKey: hubKey)
            branches[start.epoch] = start.branch
        }
        let lineage = Lineage(branches: branches)
        knownLineage = lineage
        return lineage
    }

    /// The statements of the hub that are known here.
    package func epochStarts() throws -> [EpochStart.Signed] {
        guard let bytes = try meta.bytes(.epochStarts) else { return [] }
        var reader = ByteReader(bytes)
        let count = try reader.count(bytesEach: 2)
        return try (0..<count).map { _ in
            try EpochStart.Signed(
                encodedBytes: reader.bytes(count: reader.count(bytesEach: 1)))
        }
    }

    /// Keeps statements about epochs that were not known. The caller has verified them. Returns
    /// whether there was a new one.
    @discardableResult
    package func note(_ starts: [EpochStart.Signed], hubKey: PublicKey) throws -> Bool {
        var known = try epochStarts()
        var epochs = Set(try known.map { try $0.verify(hubKey: hubKey).epoch })
        let fresh = try starts.filter {
            epochs.insert(try $0.verify(hubKey: hubKey).epoch).inserted
        }
        guard !fresh.isEmpty else { return false }
        known += fresh
        var writer = ByteWriter()
        writer.append(count: known.count)
        for start in known {
            writer.append(count: start.encodedBytes.count)
            writer.append(bytes: start.encodedBytes)
        }
        try layHeldOverAgain {
            try meta.set(.epochStarts, bytes: writer.bytes)
            knownLineage = nil
        }
        return true
    }

    /// Consecutive changes of a device in a scope that the hub had lost and got back.
    struct ReturnedRun {
        /// Where they stood before the hub lost them.
        let admitted: Position
        /// Where they stand now.
        let position: Position
        let last: DeviceNumber
    }

    /// What the author of a section had seen, in terms of the present order.
    ///
    /// A lost place stands for the last place that the order shares with it, and for the changes of
    /// this scope that had stood between the two and are in the order again: those that precede
    /// the section itself, so that it means the same to everybody, whenever they ask.
    package func context(
        of section: Section, header: BatchHeader, in row: ScopeRow, at position: Position
    ) throws -> Context {
        let lineage = try lineage().asOf(epoch: position.epoch)
        guard !lineage.holds(header.context) else {
            return section.context(of: header.device, at: header.context)
        }
        let seen = try returnedRuns(in: row).filter {
            $0.position < position && $0.last.device != header.device
                && lineage.isPassed($0.admitted, at: header.context)
        }
        return Context(
            position: lineage.lastShared(with: header.context),
            beyond: section.beyond.filter { $0.device != header.device } + seen.map(\.last))
    }

    /// Refused sections do not count: nobody saw them but their authors, who are the only ones to
    /// have them.
    private func returnedRuns(in row: ScopeRow) throws -> [ReturnedRun] {
        if let known = returnedByScope[row.key] { return known }
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT batch.epoch, batch.number, section.epoch, section.number,
                        section.device, section.bytes, section.restatement
                    FROM section JOIN batch USING (device, sequence)
                    WHERE section.scope = ? AND section.epoch > batch.epoch
                        AND section.released = 1
                    """), arguments: [row.key])
        let runs = try rows.compactMap { row -> ReturnedRun? in
            guard let admitted = Position(epoch: row[0] as Int64?, number: row[1] as Int64?),
                let position = Position(epoch: row[2] as Int64?, number: row[3] as Int64?)
            else { return nil }
            return ReturnedRun(
                admitted: admitted, position: position,
                last: DeviceNumber(
                    device: DeviceID(column: row[4]),
                    number: try SectionBytes(
                        [UInt8](row[5] as Data),
                        restatement: (row[6] as Data?).map {
                            try Restatement.Signed(encodedBytes: [UInt8]($0))
                        }
                    ).outline().lastNumber))
        }
        returnedByScope[row.key] = runs
        return runs
    }
}
