/// Names one event of a text: one Unicode scalar value inserted or deleted by one device.
///
/// A device numbers its events of one text from 0, without regard to what they do, so a run of
/// events is named by its first one and a count.
package struct TextEventID: Hashable, Comparable, Sendable {
    package let device: DeviceID
    package let sequence: UInt64

    package init(device: DeviceID, sequence: UInt64) {
        self.device = device
        self.sequence = sequence
    }

    /// By the bytes of the device, then by number: the order that breaks every tie.
    package static func < (left: Self, right: Self) -> Bool {
        (left.device, left.sequence) < (right.device, right.sequence)
    }
}

/// A state of a text: the latest events of it, none of which is an ancestor of another, ascending.
/// Empty is the state before anything was written.
package struct TextVersion: Hashable, Sendable {
    package let heads: [TextEventID]

    package static let empty = TextVersion([])

    package init(_ heads: some Sequence<TextEventID>) {
        self.heads = Set(heads).sorted()
    }
}
