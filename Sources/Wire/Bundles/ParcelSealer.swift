package import Cryptography
package import Model

/// Seals messages into a parcel, one after the other.
package struct ParcelSealer {
    private let headBytes: [UInt8]
    private var stream: StreamCipher.Sealer
    private var bytes: [UInt8]

    /// The parcel's id, for a letter that stands in it.
    package let id: Digest
    /// How long the parcel is so far.
    package var byteCount: Int { bytes.count }

    /// Begins a parcel that only the hub can open.
    package init(toHub hubKey: PublicKey) throws(CryptographyError) {
        try self.init(
            programme: ProgrammeID(hubKey: hubKey), recipients: [hubKey], tags: [])
    }

    /// Begins a parcel that only these devices can open.
    ///
    /// - Parameters:
    ///   - devices: the devices' keys, at least one and within the limits.
    ///   - programme: theirs.
    /// - Throws: ``CryptographyError`` for a key to which nothing can be sealed.
    package init(
        toDevices devices: [PublicKey], programme: ProgrammeID
    ) throws(CryptographyError) {
        try self.init(
            programme: programme, recipients: devices,
            tags: devices.map {
                ParcelTag(
                    DeviceID($0), salt: RandomBytes.generate(count: ParcelTag.saltByteCount))
            })
    }

    private init(
        programme: ProgrammeID, recipients: [PublicKey], tags: [ParcelTag]
    ) throws(CryptographyError) {
        precondition(
            (1...Limits.parcelRecipientsMax).contains(recipients.count),
            "A parcel is for somebody, within the limits.")
        let key = SecretBytes.random(count: StreamCipher.keyByteCount)
        let keyBytes = key.withBytes { Array($0) }
        let boxes = try recipients.map { recipient throws(CryptographyError) in
            guard let sealingKey = SealingPublicKey(recipient) else {
                throw CryptographyError.unusableRecipient
            }
            return try SealedBox.seal(keyBytes, to: sealingKey)
        }
        headBytes = ParcelHead(programme: programme, keys: boxes, tags: tags).headBytes
        stream = StreamCipher.Sealer(key: key)
        id = Parcel.id(ofHead: headBytes)
        bytes =
            Parcel.magic + Parcel.lengthBytes(headBytes.count) + headBytes + stream.header
    }

    package mutating func append(_ part: ParcelPart) {
        appendFrame(part.encodedBytes, isLast: false)
    }

    /// Appends a message unless the parcel would become larger than anybody reads.
    ///
    /// - Returns: whether it was appended; if not, it belongs into another parcel.
    package mutating func append(ifFitting part: ParcelPart) -> Bool {
        let message = part.encodedBytes
        // Of the message and of the last frame, which is empty.
        let overhead = 2 * (StreamCipher.overheadBytes + Parcel.lengthBytes(0).count)
        let end = Parcel.lengthBytes(0).count
        guard byteCount + message.count + overhead + end <= Limits.requestBytesMax else {
            return false
        }
        appendFrame(message, isLast: false)
        return true
    }

    /// Ends the parcel and returns its bytes.
    package mutating func finish() -> [UInt8] {
        appendFrame([], isLast: true)
        bytes += Parcel.lengthBytes(0)
        return bytes
    }

    private mutating func appendFrame(_ message: [UInt8], isLast: Bool) {
        let frame = stream.seal(message, associated: id.bytes, isLast: isLast)
        bytes += Parcel.lengthBytes(frame.count) + frame
    }
}
