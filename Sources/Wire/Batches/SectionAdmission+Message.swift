import Foundation
package import Model
import SwiftProtobuf

extension SectionAdmission {
    /// The decision on one section, as it is hashed, sent and stored.
    package var encodedBytes: [UInt8] {
        var message = Waymark_V1_SectionAdmission()
        message.section = section.data
        message.floor = floor.milliseconds
        message.refusals = refusals.map { refusal in
            var message = Waymark_V1_Refusal()
            message.ordinal = refusal.ordinal
            message.reason = refusal.reason.rawValue
            return message
        }
        return message.encoded
    }

    /// Reads one decision; whether the hub made it only ``SignedAdmission`` can tell.
    package init(encodedBytes: [UInt8]) throws(WireError) {
        let message = try Waymark_V1_SectionAdmission(
            reading: encodedBytes, "decision on a section")
        try Limit.count(
            message.refusals.count, in: 0...Limits.sectionChangesMax, "refusals of a section")
        for (left, right) in zip(message.refusals, message.refusals.dropFirst())
        where left.ordinal >= right.ordinal {
            throw WireError(.malformed, "The refusals of a section are out of order.")
        }
        self.init(
            section: try Digest(message.section, "section of a decision"),
            floor: EffectiveTime(milliseconds: message.floor),
            refusals: message.refusals.map {
                Refusal(ordinal: $0.ordinal, reason: RefusalReason(rawValue: $0.reason))
            })
    }
}
