import Model

/// A field's value for machines and for people, whatever the entity: instants as times, booleans
/// as such, numbers that stand for words as these words.
enum FieldValue {
    /// The value for JSON.
    static func json(_ value: Value, of field: FieldID, in entity: EntityID) -> JSONValue {
        if let word = word(value, of: field, in: entity) { return .string(word) }
        let type = Schema.entity(entity)?.field(field)?.type
        switch (value, type) {
        case (.integer(let number), .boolean): return .bool(number == 1)
        case (.integer(let number), .instant): return .time(number)
        case (_, .money): return Money(value)?.json ?? json(value)
        default: return json(value)
        }
    }

    /// The value for people; empty for null.
    static func text(
        _ value: Value, of field: FieldID, in entity: EntityID, time: HumanTime
    ) -> String {
        if let word = word(value, of: field, in: entity) { return word }
        let type = Schema.entity(entity)?.field(field)?.type
        switch (value, type) {
        case (.integer(let number), .boolean): return number == 1 ? "yes" : "no"
        case (.integer(let number), .instant): return time.string(number)
        case (_, .money): return Money(value)?.text ?? text(value)
        default: return text(value)
        }
    }

    /// The field's name; `record` where a change concerns the record as a whole.
    static func name(of field: FieldID, in entity: EntityID) -> String {
        if field == .life { return "record" }
        return Schema.entity(entity)?.field(field)?.name ?? "field\(field.rawValue)"
    }

    private static func json(_ value: Value) -> JSONValue {
        switch value {
        case .null: .null
        case .text(let text): .string(text)
        case .integer(let number): .int(number)
        case .bytes(let content): .string(content.hexadecimal)
        case .reference(let record): .string(record.text)
        case .list(let items): .array(items.map(json))
        }
    }

    private static func text(_ value: Value) -> String {
        switch value {
        case .null: ""
        case .text(let text): text
        case .integer(let number): String(number)
        case .bytes(let content): "(\(content.count) bytes)"
        case .reference(let record): record.shortText
        case .list(let items): items.map(text).joined(separator: ", ")
        }
    }

    /// The word that a number stands for.
    private static func word(
        _ value: Value, of field: FieldID, in entity: EntityID
    ) -> String? {
        guard let number = value.integer else { return nil }
        switch (entity, field) {
        case (Schema.profile.id, Fields.Profile.role),
            (Schema.invitation.id, Fields.Invitation.role):
            return Role(rawValue: number)?.name
        case (Schema.profile.id, Fields.Profile.state): return MemberState(rawValue: number)?.name
        case (Schema.device.id, Fields.Device.revocation):
            return DeviceRevocation(rawValue: number)?.name
        case (Schema.task.id, Fields.Task.status): return TaskStatus(rawValue: number)?.name
        case (Schema.bookingAct.id, Fields.BookingAct.kind):
            return BookingActKind(rawValue: number)?.name
        case (Schema.bookingVerdict.id, Fields.BookingVerdict.state):
            return BookingState(rawValue: number)?.name
        case (Schema.bookingVerdict.id, Fields.BookingVerdict.reason),
            (Schema.openRequest.id, Fields.OpenRequest.reason):
            return VerdictReason(rawValue: number)?.code
        default: return nil
        }
    }
}

extension DeviceRevocation {
    /// The word for it in JSON.
    var name: String { self == .stolen ? "stolen" : "retired" }
}
