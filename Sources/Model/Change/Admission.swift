/// The hub's decision on a batch: where it stands in the order, when it was received, and for each
/// section what was refused. A reader gets the decisions on the sections they may read.
package struct Admission: Hashable, Sendable {
    /// The id of the batch.
    package let batch: Digest
    package let position: Position
    /// When the hub received it, by the hub's order time.
    package let receipt: HubTime
    package let sections: [SectionAdmission]

    package init(
        batch: Digest, position: Position, receipt: HubTime, sections: [SectionAdmission]
    ) {
        self.batch = batch
        self.position = position
        self.receipt = receipt
        self.sections = sections
    }

    /// Whether the decision on a section is there.
    package func decides(on section: Digest) -> Bool {
        sections.contains { $0.section == section }
    }
}

/// The hub's decision on one section.
package struct SectionAdmission: Hashable, Sendable {
    /// The hash of the section's bytes.
    package let section: Digest
    /// No change of the section is effective before this: the larger of this device's last
    /// effective time in the scope and the hub time of the batch's context.
    package let floor: EffectiveTime
    /// Refused change sets by ordinal, ascending.
    package let refusals: [Refusal]

    package init(section: Digest, floor: EffectiveTime, refusals: [Refusal]) {
        self.section = section
        self.floor = floor
        self.refusals = refusals.sorted { $0.ordinal < $1.ordinal }
    }

    package struct Refusal: Hashable, Sendable {
        package let ordinal: UInt32
        package let reason: RefusalReason

        package init(ordinal: UInt32, reason: RefusalReason) {
            self.ordinal = ordinal
            self.reason = reason
        }
    }
}
