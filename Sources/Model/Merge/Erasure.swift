/// An erasure of a record, as far as changes of the record have to know it.
package struct Erasure: Hashable, Sendable {
    /// The device that erased.
    package let device: DeviceID
    /// Among the device's changes in the scope, from 1.
    package let number: UInt64
    /// Where the hub released it; nil while it is not admitted.
    package let position: Position?
    /// Up to where its author had seen the hub's order.
    package let seen: Position

    package init(device: DeviceID, number: UInt64, position: Position?, seen: Position) {
        self.device = device
        self.number = number
        self.position = position
        self.seen = seen
    }

    /// The erasure that a change is.
    package init(_ placed: PlacedChange) {
        self.init(
            device: placed.device, number: placed.number, position: placed.position,
            seen: placed.context.position)
    }

    /// The admitted erasure of which a head of a record's life tells.
    package init(_ head: Head) {
        self.init(
            device: head.device, number: head.number, position: head.position,
            seen: head.context?.position ?? .start)
    }
}
