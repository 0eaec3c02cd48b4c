/// What holds for a slot beyond the table of parties.
enum SlotRules {
    static func refusal(ofCreated values: FieldValues) -> RefusalReason? {
        guard let start = values[Fields.Slot.start]?.integer,
            let capacity = values[Fields.Slot.capacity]?.integer,
            TimeGrid.contains(milliseconds: start),
            isLength(values[Fields.Slot.minutes] ?? .null),
            (1...Int64(Limits.slotCapacityMax)).contains(capacity),
            hasSoundBuffers(values), hasSoundBounds(values), hasSoundWindow(values, start: start),
            // It is lent once it is there.
            values[Fields.Slot.lendTo]?.isNull ?? true
        else { return .malformed }
        return nil
    }

    /// Whether a meeting may last so many minutes.
    static func isLength(_ value: Value) -> Bool {
        guard let minutes = value.integer else { return false }
        return minutes % Int64(Limits.slotGridMinutes) == 0
            && (1...Int64(Limits.slotMinutesMax)).contains(minutes)
    }

    private static func hasSoundBuffers(_ values: FieldValues) -> Bool {
        [Fields.Slot.bufferBefore, Fields.Slot.bufferAfter].allSatisfy { field in
            guard let value = values[field], !value.isNull else { return true }
            return isLength(value)
        }
    }

    private static func hasSoundBounds(_ values: FieldValues) -> Bool {
        if let notice = values[Fields.Slot.notice]?.integer {
            guard (1...Int64(Limits.slotNoticeMinutesMax)).contains(notice) else { return false }
        }
        guard let dayMax = values[Fields.Slot.dayMax]?.integer else { return true }
        return dayMax > 0 && values[Fields.Slot.day]?.text != nil
    }

    private static func hasSoundWindow(_ values: FieldValues, start: Int64) -> Bool {
        let order = values[Fields.Slot.order]?.integer
        guard let decideAt = values[Fields.Slot.decideAt]?.integer else { return order == nil }
        return decideAt < start && order.flatMap(RequestOrder.init(rawValue:)) != nil
    }

    /// A device asks for the slot on loan for itself and gives back what it has itself: only what it
    /// has said before has been heard by then. What has a window is the hub's to decide.
    static func refusal(
        ofLendingTo value: Value, stored: FieldValues, author: ChangeAuthor,
        facts: any PermissionFacts
    ) throws -> RefusalReason? {
        guard value.isNull || value.integer == author.device.column,
            value.isNull || stored[Fields.Slot.decideAt]?.integer == nil
        else { return .malformed }
        return try isHeld(stored, byAnotherThan: author.device, facts) ? .notAllowed : nil
    }

    /// Whether it is on loan to another laptop; the same one under a former key is none.
    static func isHeld(
        _ stored: FieldValues, byAnotherThan device: DeviceID, _ facts: any PermissionFacts
    ) throws -> Bool {
        guard let holder = stored[Fields.Slot.holder]?.integer else { return false }
        return try !facts.goesOn(device, for: DeviceID(column: holder))
    }
}
