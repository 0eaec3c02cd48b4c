import Model
import Replica

/// What an import of a calendar file does to the events of a member. It decides; the command acts.
///
/// An event and its entry in the file find each other by their ``EventImportKey``. Of an event that
/// is there already, the file changes the parts that its member has left as they were imported; what
/// the member has changed stays, and so does an event that was changed and is cancelled in the file.
struct EventImportPlan {
    enum Step {
        case create(EventImportKey, ImportedEvent, EventImportState)
        case update(StoredRecord, [(field: FieldID, value: Value)])
        case delete(StoredRecord)
    }

    private(set) var steps: [Step] = []
    private(set) var imported = 0
    private(set) var updated = 0
    private(set) var deleted = 0
    /// Those that are as the file has them.
    private(set) var skipped = 0
    /// Those of which the file says something else, and the member has said so too.
    private(set) var kept = 0

    /// Records by their keys, the oldest device's first: the same on every laptop.
    private var known: [EventImportKey: [StoredRecord]] = [:]
    private var keysOfSeries: [[UInt8]: [EventImportKey]] = [:]
    private let conflicts: Set<RecordID>

    /// - Parameters:
    ///   - series: What the file has.
    ///   - window: The time for which it was read.
    ///   - records: The events that are there.
    ///   - conflicts: Those of them of which versions stand against each other.
    init(
        _ series: [CalendarSeries], in window: Range<Int64>, records: [StoredRecord],
        conflicts: Set<RecordID>
    ) {
        self.conflicts = conflicts
        for record in records.sorted(by: { $0.id < $1.id }) {
            guard let key = EventImportKey(record[Fields.PersonalEvent.importKey]) else { continue }
            if known[key] == nil { keysOfSeries[key.series, default: []].append(key) }
            known[key, default: []].append(record)
        }
        for one in series { add(one, in: window) }
    }

    private mutating func add(_ series: CalendarSeries, in window: Range<Int64>) {
        var wanted: Set<EventImportKey> = []
        for occurrence in series.occurrences {
            let key = EventImportKey(uid: series.uid, occurrence: occurrence.name)
            guard wanted.insert(key).inserted else { continue }
            add(occurrence, as: key)
        }
        let cancelled = Set(
            series.cancelled.map { EventImportKey(uid: series.uid, occurrence: $0) })
        let any = EventImportKey(uid: series.uid, occurrence: "")
        for key in keysOfSeries[any.series] ?? [] where !wanted.contains(key) {
            for record in known[key] ?? [] {
                let event = ImportedEvent(record)
                let isInWindow = event.start < window.upperBound && event.end > window.lowerBound
                guard cancelled.contains(key) || series.isWhole && isInWindow else { continue }
                remove(record, event)
            }
        }
    }

    private mutating func add(_ occurrence: CalendarSeries.Occurrence, as key: EventImportKey) {
        let event = ImportedEvent(
            title: occurrence.title, start: occurrence.start, end: occurrence.end,
            place: occurrence.place, details: occurrence.details, isFree: occurrence.isFree)
        let said = EventImportState(sequence: occurrence.sequence, event)
        guard let records = known[key], let record = records.first else {
            steps.append(.create(key, event, said))
            imported += 1
            return
        }
        // Two laptops that imported the file before they met have made two of it.
        for further in records.dropFirst() { remove(further, ImportedEvent(further)) }
        merge(event, said, into: record)
    }

    private mutating func merge(
        _ event: ImportedEvent, _ said: EventImportState, into record: StoredRecord
    ) {
        guard let before = EventImportState(record[Fields.PersonalEvent.importState]),
            before != said, said.sequence >= before.sequence
        else {
            skipped += 1
            return
        }
        guard !conflicts.contains(record.id) else {
            kept += 1
            return
        }
        let present = EventImportState(sequence: 0, ImportedEvent(record))
        var values: [(field: FieldID, value: Value)] = []
        var isKept = false
        for part in ImportedEvent.Part.allCases where said[part] != before[part] {
            if present[part] == before[part] {
                values += event.values(of: part)
            } else if present[part] != said[part] {
                isKept = true
            }
        }
        if !values.isEmpty {
            updated += 1
        } else if isKept {
            kept += 1
        } else {
            skipped += 1
        }
        values.append((Fields.PersonalEvent.importState, said.value))
        steps.append(.update(record, values))
    }

    private mutating func remove(_ record: StoredRecord, _ event: ImportedEvent) {
        let before = EventImportState(record[Fields.PersonalEvent.importState])
        let present = EventImportState(sequence: Int(before?.sequence ?? 0), event)
        guard before == present, !conflicts.contains(record.id) else {
            kept += 1
            return
        }
        deleted += 1
        steps.append(.delete(record))
    }
}
