/// What somebody had seen: everything up to a position in the hub's order and, per device, further
/// changes that had come by bundle and were not admitted yet. Device numbers count per scope, so a
/// context always speaks of one scope.
package struct Context: Hashable, Sendable {
    package private(set) var position: Position
    /// Last change number seen beyond the position, ascending by device, each device once.
    package private(set) var beyond: [DeviceNumber]

    package static let empty = Context(position: .start)

    package init(position: Position, beyond: [DeviceNumber] = []) {
        self.position = position
        self.beyond = []
        for entry in beyond { include(entry) }
    }

    /// Whether a change at this place was seen. A change that is not admitted has no position.
    package func contains(device: DeviceID, number: UInt64, position: Position?) -> Bool {
        if let position, position <= self.position { return true }
        return beyond.contains { $0.device == device && $0.number >= number }
    }

    /// Takes in all that the other context has seen: the larger position, the larger number each.
    package mutating func join(_ other: Context) {
        position = max(position, other.position)
        guard !other.beyond.isEmpty, other.beyond != beyond else { return }
        for entry in other.beyond { include(entry) }
    }

    private mutating func include(_ entry: DeviceNumber) {
        let index = beyond.firstIndex { $0.device >= entry.device } ?? beyond.endIndex
        if index < beyond.endIndex, beyond[index].device == entry.device {
            beyond[index].number = max(beyond[index].number, entry.number)
        } else {
            beyond.insert(entry, at: index)
        }
    }
}

/// A device and the number of one of its changes in some scope.
package struct DeviceNumber: Hashable, Sendable {
    package let device: DeviceID
    package var number: UInt64

    package init(device: DeviceID, number: UInt64) {
        self.device = device
        self.number = number
    }
}
