import Foundation
import Model
import SwiftProtobuf

/// One message of a parcel's contents. Nothing in it is to be believed before its own signature was
/// checked.
package enum ParcelPart: Hashable, Sendable {
    /// To the hub: of a ``RedeemRequest``.
    case redemption(Envelope)
    /// To the hub: of a ``SyncRequest`` without batches.
    case request(Envelope)
    /// To the hub: a batch of the device that made the request, whole.
    case batch(SealedBatch)
    /// To a device: of a ``RedeemAnswer``.
    case redeemed(Envelope)
    /// To a device: of a ``SyncAnswer``.
    case answer(Envelope)
    /// To a member's devices: of a ``Letter``.
    case letter(Envelope)
    case certificate(DeviceCertificate.Signed)
    /// To a member's devices: what they may read of a batch.
    case entry(CarriedBatch)
    /// Something that a later version says.
    case unknown

    package var encodedBytes: [UInt8] {
        var message = Waymark_V1_ParcelPart()
        switch self {
        case .redemption(let envelope): message.redemption = envelope.message
        case .request(let envelope): message.request = envelope.message
        case .batch(let batch): message.batch = batch.message
        case .redeemed(let envelope): message.redeemed = envelope.message
        case .answer(let envelope): message.answer = envelope.message
        case .letter(let envelope): message.letter = envelope.message
        case .certificate(let certificate): message.certificate = certificate.message
        case .entry(let entry): message.entry = entry.message
        case .unknown: break
        }
        return message.encoded
    }

    package init(encodedBytes: [UInt8]) throws(WireError) {
        let message = try Waymark_V1_ParcelPart(reading: encodedBytes, "part of a parcel")
        self =
            if message.hasRedemption {
                .redemption(try Envelope(message.redemption))
            } else if message.hasRequest {
                .request(try Envelope(message.request))
            } else if message.hasBatch {
                .batch(try SealedBatch(message.batch))
            } else if message.hasRedeemed {
                .redeemed(try Envelope(message.redeemed))
            } else if message.hasAnswer {
                .answer(try Envelope(message.answer))
            } else if message.hasLetter {
                .letter(try Envelope(message.letter))
            } else if message.hasCertificate {
                .certificate(try DeviceCertificate.Signed(message.certificate))
            } else if message.hasEntry {
                .entry(try CarriedBatch(message.entry))
            } else {
                .unknown
            }
    }
}

/// A batch as far as a member may read it, and what the hub has decided on it, if that is known.
package struct CarriedBatch: Hashable, Sendable {
    package let batch: SealedBatch
    package let admission: SignedAdmission?

    package init(batch: SealedBatch, admission: SignedAdmission?) {
        self.batch = batch
        self.admission = admission
    }

    var message: Waymark_V1_Entry {
        var message = Waymark_V1_Entry()
        message.batch = batch.message
        if let admission { message.admission = admission.message }
        return message
    }

    init(_ message: Waymark_V1_Entry) throws(WireError) {
        self.init(
            batch: try SealedBatch(message.batch),
            admission: message.hasAdmission ? try SignedAdmission(message.admission) : nil)
    }
}
