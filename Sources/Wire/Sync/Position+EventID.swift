package import Model

/// A position as the id of an event: `1-204`, the epoch and the number.
extension Position {
    package var eventID: String { "\(epoch)-\(number)" }

    /// Reads an id of an event; nil for anything else.
    package init?(eventID: some StringProtocol) {
        let parts = eventID.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, eventID.utf8.count <= 31, let epoch = UInt32(parts[0]),
            let number = UInt64(parts[1]), number <= Self.numberMax
        else { return nil }
        self.init(epoch: epoch, number: number)
    }
}
