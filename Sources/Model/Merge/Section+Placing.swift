extension Section {
    /// Numbers the section's changes and gives each all that merging needs.
    ///
    /// An entry of `beyond` for the author's own device means nothing and is left out: what a device
    /// did before is always seen, what it did after never, whatever it claims.
    ///
    /// - Parameters:
    ///   - device: the author's device.
    ///   - contextPosition: the position that the author had applied.
    ///   - position: where the hub released the section; nil while it is not admitted.
    ///   - times: the effective time of each change set; the claimed ones if nil.
    /// - Returns: for each change set, in order, its placed changes.
    package func placed(
        device: DeviceID, contextPosition: Position, position: Position?,
        times: [EffectiveTime]? = nil
    ) -> [[PlacedChange]] {
        placed(
            device: device, context: context(of: device, at: contextPosition), position: position,
            times: times)
    }

    /// What the author had seen, as the batch's header and the section say it.
    package func context(of device: DeviceID, at position: Position) -> Context {
        Context(position: position, beyond: beyond.filter { $0.device != device })
    }

    /// The same for a context that was worked out otherwise.
    package func placed(
        device: DeviceID, context: Context, position: Position?, times: [EffectiveTime]? = nil
    ) -> [[PlacedChange]] {
        var number = firstNumber
        return changeSets.enumerated().map { index, set in
            let time =
                times?[index] ?? EffectiveTime(milliseconds: set.claimed.milliseconds)
            return set.changes.map { change in
                defer { number &+= 1 }
                return PlacedChange(
                    change: change, device: device, number: number, context: context,
                    position: position, time: time)
            }
        }
    }
}

extension Section {
    /// The same for a section on which the hub has decided: its changes have the place that it gave
    /// them, and their times run from the floor to the receipt.
    package func placed(
        device: DeviceID, context: Context, position: Position?, floor: EffectiveTime,
        receipt: HubTime
    ) -> [[PlacedChange]] {
        placed(
            device: device, context: context, position: position,
            times: EffectiveTime.clamp(
                claimed: changeSets.map(\.claimed), floor: floor, receipt: receipt))
    }
}

extension SectionAdmission {
    /// The ordinal that refuses every change set of the section.
    package static let allOrdinals = UInt32.max

    /// Why a change set was refused; nil if it was admitted. Refusals ascend by ordinal, and that of
    /// all is the last.
    package func refusal(ofOrdinal ordinal: UInt32) -> RefusalReason? {
        var (low, high) = (0, refusals.count)
        while low < high {
            let middle = low + (high - low) / 2
            if refusals[middle].ordinal < ordinal { low = middle + 1 } else { high = middle }
        }
        if low < refusals.count, refusals[low].ordinal == ordinal { return refusals[low].reason }
        return refusals.last?.ordinal == Self.allOrdinals ? refusals.last?.reason : nil
    }

    /// Whether others than the author get the section: something of it was admitted, or nobody here
    /// can tell.
    ///
    /// - Parameter section: what it says; nil if this version cannot read it.
    /// - Returns: false if all its change sets were refused.
    package func releases(_ section: Section?) -> Bool {
        section?.changeSets.contains { refusal(ofOrdinal: $0.ordinal) == nil } ?? true
    }
}
