import Cryptography
import Model

/// Numbers of the formats that this module reads and writes, and bounds that follow from them.
package enum WireFormat {
    /// Version of the messages of sync and redemption.
    package static let protocolVersion: UInt32 = 1
    /// Version of batch headers and what belongs to them.
    package static let batchVersion: UInt32 = 1

    /// Random bytes at the start of a section, without which its hash could be guessed at.
    package static let saltByteCount = 16
    package static let nonceByteCount = 16
    /// Batches without a decision that one request asks after.
    package static let heldBatchesMax = 1024
    /// A hub's challenge is opaque to devices; it fits a nonce and an authentication code.
    package static let challengeBytesMax = 128

    /// All fixed fields of a batch header, and one hash for each section.
    static let headerBytesMax = 256 + 34 * Limits.batchSectionsMax
    /// All fixed fields of an admission's core, and one hash for each section.
    static let admissionCoreBytesMax = 128 + 34 * Limits.batchSectionsMax
    static let certificateBytesMax = 512
    static let epochStartBytesMax = 80
    static let signedEpochStartBytesMax = 160
    /// Starts of epochs in one message. A hub is set back a few times in its life.
    package static let epochsMax = 4096
    /// What stands before a section's payload.
    static let sectionHeadBytesMax = 80
    /// A batch whose sections are restated, and so not compressed.
    static let restatedBatchBytesMax =
        Limits.sectionInflatedBytesMax + Limits.batchSectionsMax * sectionHeadBytesMax
        + headerBytesMax
    /// All fixed fields of a restatement, and the places of the changes of a section.
    static let restatementBytesMax = 256 + 4 * Limits.sectionChangesMax
    static let signedCertificateBytesMax = 768
    /// The key of a parcel in a sealed box.
    static let sealedKeyBytes = StreamCipher.keyByteCount + SealedBox.overheadBytes
    /// All fixed fields of a parcel's head, and a key and a tag for each recipient.
    static let parcelHeadBytesMax = 64 + 108 * Limits.parcelRecipientsMax
    /// A page with one batch of the largest size, restated, and what the hub says of it.
    static let frameBytesMax = Limits.sectionInflatedBytesMax + Limits.batchBytesMax
    static let letterBytesMax = 1024
    /// All fixed fields of a snapshot's head, and one hash for each piece.
    static let snapshotHeadBytesMax = 256 + 34 * Limits.snapshotPiecesMax
    /// What does not shrink grows by a few bytes.
    static let snapshotPieceBytesMax = Limits.snapshotPieceBytesMax + 1024
    /// An envelope with a token, a key, a name and what surrounds them.
    static let redeemBytesMax = Limits.tokenCharactersMax + 8 * Limits.shortTextBytesMax

    /// The largest opaque operation code. Replicas use the highest bit of the byte for themselves.
    static let operationCodeMax: UInt8 = 0x7F
    /// No operand is longer than a value and the numbers that frame it.
    static let operandBytesMax = Limits.valueBytesMax + 16
    /// Deflate turns one byte into 1,032 at the most; a section that states more is lying.
    static let inflationRatioMax = 1032
}
