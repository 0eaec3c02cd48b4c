import Cryptography
package import Model

/// Names a notification: the same on all laptops of a member, because it follows from the change.
package struct NotificationID: Hashable, Sendable {
    package let bytes: [UInt8]

    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Of the change with which it began.
    package init(scope: Scope, device: DeviceID, number: UInt64) {
        var writer = ByteWriter()
        writer.append(bytes: scope.bytes)
        writer.append(bytes: device.bytes)
        writer.append(varint: number)
        self.init(hashing: writer.bytes, Self.changeDomain)
    }

    /// Of a conflict, as long as nobody adds to it: with another rival it is news again.
    init(conflict id: [UInt8], rivals: [DeviceNumber]) {
        var writer = ByteWriter()
        writer.append(bytes: id)
        let ordered = rivals.sorted { ($0.device, $0.number) < ($1.device, $1.number) }
        for rival in ordered {
            writer.append(bytes: rival.device.bytes)
            writer.append(varint: rival.number)
        }
        self.init(hashing: writer.bytes, Self.conflictDomain)
    }

    private init(hashing bytes: [UInt8], _ domain: HashDomain) {
        self.bytes = Array(ContentHash.of(bytes, domain: domain).bytes.prefix(Self.byteCount))
    }

    package static let byteCount = 16
    private static let changeDomain = HashDomain("waymark notification v1")
    private static let conflictDomain = HashDomain("waymark conflict notification v1")

    package var text: String { bytes.hexadecimal }
}
