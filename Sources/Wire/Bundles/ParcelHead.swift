import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// What everybody sees of a parcel: its programme, and for whom it is.
package struct ParcelHead: Hashable, Sendable {
    package let programme: ProgrammeID
    /// The parcel's key, sealed to each recipient.
    let keys: [[UInt8]]
    /// One for each device that it is for; none if it is for the hub.
    let tags: [ParcelTag]

    package var isForHub: Bool { tags.isEmpty }

    /// Whether the parcel is for this device. Only who knows the device's id can tell.
    package func isFor(_ device: DeviceID) -> Bool { tags.contains { $0.names(device) } }

    init(programme: ProgrammeID, keys: [[UInt8]], tags: [ParcelTag]) {
        self.programme = programme
        self.keys = keys
        self.tags = tags
    }

    var headBytes: [UInt8] {
        var message = Waymark_V1_ParcelHead()
        message.protocolVersion = WireFormat.protocolVersion
        message.programme = programme.data
        message.keys = keys.map { Data($0) }
        message.tags = tags.map { Data($0.bytes) }
        return message.encoded
    }

    init(headBytes: [UInt8]) throws(WireError) {
        let message = try Waymark_V1_ParcelHead(reading: headBytes, "head of a parcel")
        try Limit.version(
            message.protocolVersion, supported: WireFormat.protocolVersion, "parcel")
        try Limit.count(
            message.keys.count, in: 1...Limits.parcelRecipientsMax, "recipients of a parcel")
        guard message.keys.allSatisfy({ $0.count == WireFormat.sealedKeyBytes }),
            message.tags.isEmpty || message.tags.count == message.keys.count
        else { throw WireError(.malformed, "The recipients of a parcel are not of their form.") }
        self.init(
            programme: try ProgrammeID(message.programme), keys: message.keys.map { Array($0) },
            tags: try message.tags.map { tag throws(WireError) in try ParcelTag(tag) })
    }
}

/// Names a device to those who know it, and nothing to anybody else: random bytes, and a hash of
/// these and the device's id. Two tags of one device have nothing in common.
struct ParcelTag: Hashable, Sendable {
    static let saltByteCount = 8
    private static let hashByteCount = 16
    static let byteCount = saltByteCount + hashByteCount

    let bytes: [UInt8]

    init(_ device: DeviceID, salt: [UInt8]) {
        bytes = salt + Self.hash(device, salt: salt)
    }

    init(_ data: Data) throws(WireError) {
        guard data.count == Self.byteCount else {
            throw WireError(.malformed, "The tag of a parcel does not have 24 bytes.")
        }
        bytes = Array(data)
    }

    func names(_ device: DeviceID) -> Bool {
        let salt = Array(bytes.prefix(Self.saltByteCount))
        return Array(bytes.dropFirst(Self.saltByteCount)) == Self.hash(device, salt: salt)
    }

    private static func hash(_ device: DeviceID, salt: [UInt8]) -> [UInt8] {
        Array(
            Digest.of(salt + device.rawValue.bigEndianBytes, domain: .parcelTag).bytes
                .prefix(hashByteCount))
    }
}
