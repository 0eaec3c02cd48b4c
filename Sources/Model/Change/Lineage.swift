/// Where the epochs of the hub's order branched off, and so which places are in the order at all.
///
/// A hub that was set back goes on in a new epoch from the last place that it still has. What it
/// had given out after that place is *lost* to it: those places are in nobody's order any more,
/// although laptops remember them. An epoch is always larger than all that the hub knew when it
/// opened it, so the largest is the present one, and the way back from there is the order.
///
/// Example: epoch 1 reached (1, 500); the hub was restored from a backup at (1, 400) and opened
/// epoch 7 there. (1, 450) is lost, (1, 400) and (7, 3) are in the order, and what somebody at
/// (1, 450) shares with the order ends at (1, 400).
package struct Lineage: Hashable, Sendable {
    /// For each epoch but the first, of this order and of lost ones, the last place before it.
    package private(set) var branches: [UInt32: Position]
    /// How far the earlier epochs of this order go.
    private var ends: [UInt32: UInt64] = [:]

    package static let firstEpoch: UInt32 = 1
    /// The largest number of an epoch that is believed. The hub's own numbers begin after 2^32 times
    /// it, and have to fit a signed column.
    package static let epochMax: UInt32 = 1 << 30

    package init(branches: [UInt32: Position] = [:]) {
        self.branches = branches.filter { $0.value.epoch < $0.key }
        var epoch = present
        while let branch = self.branches[epoch] {
            ends[branch.epoch] = branch.number
            epoch = branch.epoch
        }
    }

    /// The epoch in which the order grows.
    package var present: UInt32 { branches.keys.max() ?? Self.firstEpoch }

    /// The order as it was in an epoch: what stood at a place was merged by what led to that place,
    /// and who holds it still has it so, even if the hub has lost the place since.
    package func asOf(epoch: UInt32) -> Lineage {
        epoch == present ? self : Lineage(branches: branches.filter { $0.key <= epoch })
    }

    /// The epochs of the order, ascending.
    package var epochs: [UInt32] { ends.keys.sorted() + [present] }

    /// Whether it is known where the epoch began.
    package func knows(epoch: UInt32) -> Bool {
        epoch <= Self.firstEpoch || branches[epoch] != nil
    }

    /// Whether a place is in the order, or ahead of it in the present epoch.
    package func holds(_ position: Position) -> Bool {
        if position == .start || position.epoch == present { return true }
        return ends[position.epoch].map { position.number <= $0 } ?? false
    }

    /// The last place that the order has in common with what led to this one.
    package func lastShared(with position: Position) -> Position {
        var place = position
        while !holds(place) {
            if let end = ends[place.epoch] {
                place = Position(epoch: place.epoch, number: min(end, place.number))
            } else {
                place = branches[place.epoch] ?? .start
            }
        }
        return place
    }

    /// Whether whoever had come to `later` had passed `earlier`.
    package func isPassed(_ earlier: Position, at later: Position) -> Bool {
        var place = later
        while place.epoch > earlier.epoch {
            guard let branch = branches[place.epoch] else { return false }
            place = branch
        }
        return place.epoch == earlier.epoch && earlier.number <= place.number
    }
}
