/// A value of a cell that nobody has knowingly overwritten.
package struct Head: Hashable, Sendable {
    package let device: DeviceID
    /// The number of the change that wrote it, per device and scope.
    package let number: UInt64
    /// Where the hub released it; nil while it is not admitted.
    package let position: Position?
    /// The effective time; the claimed one while it is not admitted.
    package let time: EffectiveTime
    package let value: Value
    /// What its author had seen. Kept where it is needed later: for unadmitted heads, which are
    /// ordered by it, and for heads of a record's life, where a deletion covers what it had seen.
    package let context: Context?

    package init(
        device: DeviceID, number: UInt64, position: Position?, time: EffectiveTime, value: Value,
        context: Context?
    ) {
        self.device = device
        self.number = number
        self.position = position
        self.time = time
        self.value = value
        self.context = context
    }

    package var isAdmitted: Bool { position != nil }

    /// The canonical order in encodings: by device, then number.
    package static func isStoredBefore(_ left: Head, _ right: Head) -> Bool {
        (left.device, left.number) < (right.device, right.number)
    }

    /// Whether the right head is shown rather than the left one.
    ///
    /// Unadmitted heads come before admitted ones, ordered by context position, device, number;
    /// admitted ones are ordered by effective time, then device, then number.
    package static func isShownAfter(_ left: Head, _ right: Head) -> Bool {
        switch (left.isAdmitted, right.isAdmitted) {
        case (true, false): return true
        case (false, true): return false
        case (true, true):
            return (left.time, left.device, left.number)
                < (right.time, right.device, right.number)
        case (false, false):
            let leftSeen = left.context?.position ?? .start
            let rightSeen = right.context?.position ?? .start
            return (leftSeen, left.device, left.number) < (rightSeen, right.device, right.number)
        }
    }
}
