/// The signed part of a batch, given to everybody who gets any section of it. It names sections
/// by hash only, so it tells nothing of scopes a reader may not see.
package struct BatchHeader: Hashable, Sendable {
    package let formatVersion: UInt32
    package let programme: ProgrammeID
    package let device: DeviceID
    /// Counts the device's batches from 1, gapless.
    package let sequence: UInt64
    /// The id of the device's previous batch; zero for the first.
    package let previous: Digest
    /// The position that the author had applied when the batch's changes were made.
    package let context: Position
    package let schemaVersion: UInt32
    /// Hashes of the sections, ascending.
    package let sectionHashes: [Digest]

    /// The largest sequence that is read: one more can always be added to it.
    package static let sequenceMax = UInt64(Int64.max)

    package init(
        formatVersion: UInt32, programme: ProgrammeID, device: DeviceID, sequence: UInt64,
        previous: Digest, context: Position, schemaVersion: UInt32, sectionHashes: [Digest]
    ) {
        self.formatVersion = formatVersion
        self.programme = programme
        self.device = device
        self.sequence = sequence
        self.previous = previous
        self.context = context
        self.schemaVersion = schemaVersion
        self.sectionHashes = sectionHashes
    }
}
