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

    /// The member's own slot that is named.
    static func own(_ slot: RecordReference, in reader: ReplicaReader) throws -> StoredRecord {
        let record = try slot.resolve(Schema.slot, in: reader)
        guard record.scope.mentor == reader.identity.member else {
            throw CommandFailure(
                .notAllowed, code: "otherMentor",
                "The slot \(record.id.shortText) is another mentor's.",
                hint: "See yours with: waymark slot list --mentor ME")
        }
        return record
    }

    /// What another slot has in common with this one: all but its time, and what became of it.
    static func terms(of slot: SlotView) -> [FieldID: Value] {
        let own: Set<FieldID> = [
            Fields.Slot.start, Fields.Slot.series, Fields.Slot.rule, Fields.Slot.withdrawn,
            Fields.Slot.taken, Fields.Slot.day, Fields.Slot.decideAt, Fields.Slot.order,
            Fields.Slot.lendTo, Fields.Slot.holder,
        ]
        var terms: [FieldID: Value] = [:]
        for field in Schema.slot.fields where !own.contains(field.id) {
            let value = slot.record[field.id]
            if !value.isNull { terms[field.id] = value }
        }
        return terms
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
