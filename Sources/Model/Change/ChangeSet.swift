/// What one action did in one scope. An action that reaches into several scopes has a change set
/// of the same ordinal in each section; all of them are admitted or refused together.
package struct ChangeSet: Hashable, Sendable {
    /// Which change set of its batch this is, counted from 0 over all scopes.
    package let ordinal: UInt32
    /// The device's running number for what a person did; an import is many sets of one action.
    package let action: UInt64
    /// When the device thought it was.
    package let claimed: ClaimedTime
    package let changes: [Change]

    package init(ordinal: UInt32, action: UInt64, claimed: ClaimedTime, changes: [Change]) {
        self.ordinal = ordinal
        self.action = action
        self.claimed = claimed
        self.changes = changes
    }
}
