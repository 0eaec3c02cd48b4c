/// A change with all that merging needs to know of it: who made it, as which of their changes in
/// its scope, having seen what, and where the hub put it.
package struct PlacedChange: Hashable, Sendable {
    package let change: Change
    package let device: DeviceID
    /// Counts the device's changes in this scope, from 1.
    package let number: UInt64
    package let context: Context
    /// Where the hub released it; nil while it is not admitted.
    package let position: Position?
    /// The effective time; the claimed one while it is not admitted.
    package let time: EffectiveTime

    package init(
        change: Change, device: DeviceID, number: UInt64, context: Context, position: Position?,
        time: EffectiveTime
    ) {
        self.change = change
        self.device = device
        self.number = number
        self.context = context
        self.position = position
        self.time = time
    }

    /// The order in which tentative changes are laid over: by what their authors had seen.
    package static func isBefore(_ left: Self, _ right: Self) -> Bool {
        (left.context.position, left.device, left.number)
            < (right.context.position, right.device, right.number)
    }
}
