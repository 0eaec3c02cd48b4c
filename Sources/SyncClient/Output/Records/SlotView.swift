import Model
import Replica

/// A time that a mentor offers, as commands show it.
struct SlotView {
    /// What one can do with a slot; a word for JSON each.
    enum State: String {
        case open
        /// One of its mentor's laptops alone gives its seats away.
        case lent
        /// All seats are taken.
        case full
        case withdrawn
        /// It has begun, by the best clock at hand.
        case past
    }

    let record: StoredRecord
    /// The present by the best clock at hand.
    private let now: Int64

    init(_ record: StoredRecord, now: Int64) {
        self.record = record
        self.now = now
    }

    var mentor: MemberID? { record.scope.mentor }
    var start: Int64 { record.integer(Fields.Slot.start) ?? 0 }
    var minutes: Int64 { record.integer(Fields.Slot.minutes) ?? 0 }
    var end: Int64 { start.adding(clamped: minutes.minutesInMilliseconds) }
    var capacity: Int64 { record.integer(Fields.Slot.capacity) ?? 1 }
    var taken: Int64 { record.integer(Fields.Slot.taken) ?? 0 }
    var free: Int64 { max(0, capacity.subtracting(clamped: taken)) }
    /// Whether more people have a seat than there are seats.
    var isOverbooked: Bool { taken > capacity }
    /// When requests that have gathered are decided on.
    var decideAt: Int64? { record.integer(Fields.Slot.decideAt) }
    var order: RequestOrder? {
        record.integer(Fields.Slot.order).flatMap(RequestOrder.init(rawValue:))
    }
    /// The device that has it on loan, and the one that it was asked to be lent to.
    var holder: DeviceID? { record.integer(Fields.Slot.holder).map { DeviceID(column: $0) } }
    var lendTo: DeviceID? { record.integer(Fields.Slot.lendTo).map { DeviceID(column: $0) } }
    /// The rule of the series that begins with it.
    var rule: String? { record.text(Fields.Slot.rule) }
    /// The first slot of the series that it belongs to.
    var series: RecordID? {
        record.reference(Fields.Slot.series) ?? (rule == nil ? nil : record.id)
    }

    /// Whether its mentor, who has somebody in this slot, cannot be in the other one.
    func keepsMentor(from other: SlotView) -> Bool { overlaps(other) }

    /// Whether it is another time of the same mentor and a part of it is shared.
    func overlaps(_ other: SlotView) -> Bool {
        record.id != other.record.id && record.scope == other.record.scope && start < other.end
            && other.start < end
    }

    /// Those of slots that can be booked: a mentor with somebody at that time has none for another
    /// slot, and as many meetings a day as they want. Nor is a slot hidden because of a clock that may
    /// be wrong.
    static func bookable(_ slots: [SlotView], _ clock: StartClock) -> [SlotView] {
        let taken = slots.filter { $0.taken > 0 }
        return slots.filter { slot in
            let isOpen =
                slot.state == .open
                || slot.state == .past && slot.free > 0 && clock.hasStarted(slot.start) != true
            return isOpen && !taken.contains { $0.keepsMentor(from: slot) }
                && !slot.isOfFullDay(taken)
        }
    }

    /// Whether as many other slots of its day are booked as its mentor wants.
    private func isOfFullDay(_ taken: [SlotView]) -> Bool {
        guard let most = record.integer(Fields.Slot.dayMax) else { return false }
        let day = record[Fields.Slot.day]
        return taken.count {
            $0.mentor == mentor && $0.record[Fields.Slot.day] == day
                && $0.record.id != record.id
        } >= most
    }

    var state: State {
        if record.isTrue(Fields.Slot.withdrawn) { return .withdrawn }
        if start <= now { return .past }
        if holder != nil { return .lent }
        return free > 0 ? .open : .full
    }

    var json: JSONValue {
        [
            "id": .string(record.id.text), "mentor": JSONValue(mentor?.text),
            "start": .time(start), "end": .time(end), "capacity": .int(capacity),
            "free": .int(free), "overbooked": .bool(isOverbooked), "state": .string(state.rawValue),
            "instant": .bool(record.isTrue(Fields.Slot.instant)),
            "series": JSONValue(series?.text),
            "offer": JSONValue(record.reference(Fields.Slot.offer)?.text),
            "bufferBefore": number(Fields.Slot.bufferBefore),
            "bufferAfter": number(Fields.Slot.bufferAfter),
            "notice": number(Fields.Slot.notice), "maxPerDay": number(Fields.Slot.dayMax),
            "decideAt": .time(decideAt), "order": JSONValue(order?.name),
            "lentTo": JSONValue(holder?.text), "lendTo": JSONValue(lendTo?.text),
            "pending": .bool(record.isPending),
        ]
    }

    private func number(_ field: FieldID) -> JSONValue {
        record.integer(field).map { .int($0) } ?? .null
    }

    func text(_ presentation: Presentation) -> TerminalText {
        var sheet = RecordSheet(
            "\(presentation.time.range(from: start, to: end), .emphasis)")
        sheet.add("id", "\(record.id.text)")
        sheet.add("mentor", "\(presentation.name(mentor))")
        sheet.add("state", stateText)
        sheet.add("free", "\(free) of \(capacity)")
        if isOverbooked {
            sheet.add("seats", "\("\(taken) people have one", .error); move or cancel a booking")
        }
        sheet.add(
            "booking",
            record.isTrue(Fields.Slot.instant)
                ? "confirmed at once" : "waits for the mentor's approval")
        addTerms(to: &sheet, presentation)
        if let series { sheet.add("series", "\(series.shortText)") }
        if let rule { sheet.add("again", "\(Recurrence(text: rule)?.words ?? rule)") }
        if record.isPending { sheet.add("sync", Presentation.unsent) }
        return sheet.text
    }

    private func addTerms(to sheet: inout RecordSheet, _ presentation: Presentation) {
        func duration(_ field: FieldID) -> String? {
            record.integer(field).map { DurationText.string($0.minutesInMilliseconds) }
        }
        if let before = duration(Fields.Slot.bufferBefore) { sheet.add("before", "\(before)") }
        if let after = duration(Fields.Slot.bufferAfter) { sheet.add("after", "\(after)") }
        if let notice = duration(Fields.Slot.notice) {
            sheet.add("ask", "\(notice) before its start at the latest")
        }
        if let most = record.integer(Fields.Slot.dayMax) {
            sheet.add("that day", "\(SyncSummary.counted(Int(most), "meeting")) at most")
        }
        if let decideAt {
            let first =
                order == .leastServed ? "whoever met least comes first" : "who asked first"
            sheet.add("decided", "\(presentation.time.string(decideAt)), \(first)")
        }
        if let lendTo, lendTo != holder {
            sheet.add(
                "loan",
                record.isPending
                    ? "\("asked for; sync to have it", .warning)"
                    : "\("the hub did not lend it", .error): it is taken, or you are busy then")
        } else if holder != nil, lendTo == nil {
            sheet.add("loan", "\("given back; the hub will hear of it", .warning)")
        }
    }

    private var stateText: TerminalText {
        switch state {
        case .full where isOverbooked, .lent where isOverbooked: "\("overbooked", .error)"
        case .open: "\("open", .success)"
        case .lent: "\("lent", .warning)"
        case .full: "\("full", .warning)"
        case .withdrawn: "\("withdrawn", .faint)"
        case .past: "\("past", .faint)"
        }
    }

    static func table(_ slots: [SlotView], _ presentation: Presentation) -> TextTable {
        var table = TextTable([
            "ID", "MENTOR", "TIME", TextTable.Column("FREE", .trailing), "STATE", "BOOKING",
        ])
        for slot in slots {
            table.add([
                "\(slot.record.id.shortText, .faint)", "\(presentation.name(slot.mentor))",
                "\(presentation.time.range(from: slot.start, to: slot.end))",
                "\(slot.free)/\(slot.capacity)", slot.stateText,
                slot.record.isTrue(Fields.Slot.instant) ? "at once" : "on approval",
            ])
        }
        return table
    }
}
