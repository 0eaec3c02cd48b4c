/// The part of a batch that lies in one scope. Its changes carry no numbers: they count on from
/// `firstNumber`, which itself follows the device's last change in this scope.
package struct Section: Hashable, Sendable {
    package let scope: Scope
    package let firstNumber: UInt64
    /// What the author had got by bundle in this scope and not yet by admission.
    package let beyond: [DeviceNumber]
    package let changeSets: [ChangeSet]

    package init(
        scope: Scope, firstNumber: UInt64, beyond: [DeviceNumber] = [], changeSets: [ChangeSet]
    ) {
        self.scope = scope
        self.firstNumber = firstNumber
        self.beyond = beyond
        self.changeSets = changeSets
    }

    package var changeCount: Int { changeSets.reduce(0) { $0 + $1.changes.count } }

    /// The number of the last change, or the one before the first if there is none.
    package var lastNumber: UInt64 { firstNumber &+ UInt64(changeCount) &- 1 }
}
