import Model

/// A text of a record while a transaction works on it.
struct LoadedText {
    /// What the hub has admitted of it.
    var admitted: FieldText
    /// The same with tentative edits laid over; nil while that has to be worked out anew.
    var shown: FieldText?
    /// Devices whose rewrites of the same words met in it; nil while that has to be looked for.
    var rewriters: Set<DeviceID>?
    /// Whether what is stored of it has to be written anew.
    var isDirty = false
    /// Whether it has a row of its own in `textHistory`.
    var hasRow: Bool
}
