import Model
import Replica

/// The slots that one rule made, named by any of them.
enum SlotSeries {
    /// The first slot of the series of a slot.
    static func id(of slot: RecordReference, in reader: ReplicaReader) throws -> RecordID {
        let record = try slot.resolve(Schema.slot, in: reader)
        guard let series = SlotView(record, now: 0).series else {
            throw CommandFailure(
                .refused, code: "noSeries", "The slot \(record.id.shortText) stands alone.",
                hint: "See which slots there are with: waymark slot list")
        }
        return series
    }

    /// All slots of a series, the earliest first.
    static func slots(
        of series: RecordID, in reader: ReplicaReader, now: Int64
    ) throws -> [SlotView] {
        guard let first = try reader.record(series, of: Schema.slot) else { return [] }
        return try reader.records(
            of: Schema.slot, where: [.scope(first.scope)], orderedBy: Fields.Slot.start
        ).map { SlotView($0, now: now) }.filter { $0.series == series }
    }
}
