/// A place in the hub's order. Epochs begin anew when a hub is restored from a backup; within an
/// epoch numbers only grow. Positions of an earlier epoch come before all of a later one.
package struct Position: Hashable, Comparable, Sendable {
    package let epoch: UInt32
    package let number: UInt64

    package init(epoch: UInt32, number: UInt64) {
        self.epoch = epoch
        self.number = number
    }

    /// The largest number that is read from outside: it has to fit a signed column, and one more can
    /// always be added to it.
    package static let numberMax = UInt64(Int64.max)

    /// Before everything: what a replica that has never synced has seen.
    package static let start = Position(epoch: 0, number: 0)

    /// Whether an entry can stand there, or it is the start.
    package var isPlace: Bool { self == .start || (epoch > 0 && number > 0) }

    package static func < (left: Self, right: Self) -> Bool {
        (left.epoch, left.number) < (right.epoch, right.number)
    }
}
