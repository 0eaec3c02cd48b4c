/// What the rule of notifications asks of the tables besides what the permission check asks.
package protocol NotificationFacts: PermissionFacts {
    /// The verdicts on a booking that are known.
    func verdicts(onBooking booking: RecordID, in scope: Scope) throws -> [RuledVerdict]
}

/// A verdict on a booking, as far as another one is compared with it.
package struct RuledVerdict: Hashable, Sendable {
    package let record: RecordID
    /// What it was given on; nil where time ran out.
    package let act: RecordID?
    package let state: BookingState
    package let at: Int64

    package init(record: RecordID, act: RecordID?, state: BookingState, at: Int64) {
        self.record = record
        self.act = act
        self.state = state
        self.at = at
    }
}
