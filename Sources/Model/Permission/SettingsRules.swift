/// What a member's settings may be.
enum SettingsRules {
    /// A SHA-256.
    static let secretHashBytes = 32

    /// Whether a value may stand in a field of the settings; null empties every one.
    static func admits(_ value: Value, in field: FieldID) -> Bool {
        if value.isNull { return true }
        switch field {
        case Fields.Settings.reminders:
            let reminders = value.list ?? []
            return reminders.count <= Limits.remindersMax
                && reminders.allSatisfy { reminder in
                    (1...Int64(Limits.reminderMinutesMax)).contains(reminder.integer ?? 0)
                }
        case Fields.Settings.quietFrom, Fields.Settings.quietUntil, Fields.Settings.mailAt:
            return (0..<24 * 60).contains(value.integer ?? -1)
        case Fields.Settings.mail:
            return value.integer.flatMap(MailPreference.init(rawValue:)) != nil
        default: return true
        }
    }
}
