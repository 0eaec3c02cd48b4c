package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// A sealed part of a bundle: what one device says to the hub, the hub to one device, or one member
/// to another. A bundle is a file of parcels, one after the other.
///
/// Whoever carries a parcel sees what it is for (``ParcelHead``) and how long it is, nothing else.
/// Its contents are messages (``ParcelPart``), each sealed in a frame of its own, so that of a
/// parcel that was cut short the frames before the cut can be used. `protocol/bundles.md` has the
/// bytes.
package struct Parcel: Hashable, Sendable {
    package let head: ParcelHead
    let headBytes: [UInt8]
    let streamHeader: [UInt8]
    let frames: [[UInt8]]
    /// Whether the end is there; who has not opened it must take the parcel's word for that.
    package let isWhole: Bool
    package let encodedBytes: [UInt8]

    /// What every parcel begins with.
    package static let magic = Array("WAYMARK1".utf8)
    private static let lengthByteCount = 4

    /// Contents that were opened: those before the first frame that cannot be.
    package struct Contents: Sendable {
        package let parts: [ParcelPart]
        /// Whether nothing is missing.
        package let isWhole: Bool
    }

    /// Names a parcel among others; the same for a copy that was cut short.
    package var id: Digest { Self.id(ofHead: headBytes) }

    static func id(ofHead bytes: [UInt8]) -> Digest { Digest.of(bytes, domain: .parcel) }

    /// Whether there is something in it to use, or to carry.
    package var isEmpty: Bool { frames.isEmpty }
    package var frameCount: Int { frames.count }

    // MARK: Reading a file

    /// Reads the parcels of a file up to where it is damaged or cut.
    ///
    /// - Parameter bytes: the file.
    /// - Returns: the parcels, the last of which may be cut, and whether the file ends well.
    /// - Throws: ``WireError`` if it does not even begin like a bundle, or is too large.
    package static func readAll(
        _ bytes: [UInt8]
    ) throws(WireError) -> (parcels: [Parcel], isWhole: Bool) {
        try Limit.bytes(bytes.count, atMost: Limits.bundleBytesMax, "bundle")
        var rest = bytes[...]
        var parcels: [Parcel] = []
        while !rest.isEmpty {
            do throws(WireError) {
                try Limit.count(parcels.count, in: 0...(Limits.parcelsMax - 1), "parcels")
                parcels.append(try Parcel(reading: &rest))
            } catch {
                guard parcels.isEmpty else { return (parcels, false) }
                throw error
            }
        }
        guard let last = parcels.last else {
            throw WireError(.truncated, "The bundle is empty.")
        }
        return (parcels, last.isWhole)
    }

    /// Reads one parcel and nothing after it.
    package init(encodedBytes: [UInt8]) throws(WireError) {
        try Limit.bytes(encodedBytes.count, atMost: Limits.requestBytesMax, "parcel")
        var rest = encodedBytes[...]
        try self.init(reading: &rest)
        guard rest.isEmpty else { throw WireError(.malformed, "Bytes follow the parcel.") }
    }

    private init(reading rest: inout ArraySlice<UInt8>) throws(WireError) {
        let whole = rest
        guard rest.starts(with: Self.magic) else {
            throw WireError(.malformed, "This is not a bundle.")
        }
        rest = rest.dropFirst(Self.magic.count)
        guard let length = Self.length(&rest) else { throw Self.truncated }
        try Limit.bytes(length, atMost: WireFormat.parcelHeadBytesMax, "head of a parcel")
        guard rest.count >= length + StreamCipher.headerByteCount else { throw Self.truncated }
        headBytes = Array(rest.prefix(length))
        head = try ParcelHead(headBytes: headBytes)
        rest = rest.dropFirst(length)
        streamHeader = Array(rest.prefix(StreamCipher.headerByteCount))
        rest = rest.dropFirst(StreamCipher.headerByteCount)
        var frames: [[UInt8]] = []
        var isWhole = false
        var end = rest.startIndex
        while let length = Self.length(&rest) {
            if length == 0 {
                isWhole = true
                end = rest.startIndex
                break
            }
            try Limit.bytes(length, atMost: WireFormat.frameBytesMax, "frame of a parcel")
            guard rest.count >= length else { break }
            try Limit.count(frames.count, in: 0...(Limits.parcelPartsMax - 1), "frames")
            frames.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
            end = rest.startIndex
        }
        if !isWhole { rest = whole.suffix(0) }
        self.frames = frames
        self.isWhole = isWhole
        encodedBytes = Array(whole[..<end])
        try Limit.bytes(encodedBytes.count, atMost: Limits.requestBytesMax, "parcel")
    }

    private static var truncated: WireError {
        WireError(.truncated, "The parcel ends before its contents begin.")
    }

    /// Takes a length of four bytes; nil where they are not all there.
    private static func length(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.count >= lengthByteCount else { return nil }
        defer { rest = rest.dropFirst(lengthByteCount) }
        return rest.prefix(lengthByteCount).reduce(0) { $0 << 8 | Int($1) }
    }

    static func lengthBytes(_ count: Int) -> [UInt8] {
        UInt64(count).bigEndianBytes.suffix(lengthByteCount)
    }

    // MARK: Opening

    /// Opens the parcel; nil if it is not for this key.
    ///
    /// Only the frames' order, wholeness and recipient are certain then: anybody can seal a parcel.
    /// Who says what its parts say, the parts' own signatures tell.
    package func open(with key: SealingKey) -> Contents? {
        for box in head.keys {
            guard var opened = try? SealedBox.open(box, with: key),
                opened.count == StreamCipher.keyByteCount,
                let opener = try? StreamCipher.Opener(
                    key: SecretBytes(wiping: &opened), header: streamHeader)
            else { continue }
            return contents(opener)
        }
        return nil
    }

    private func contents(_ opener: StreamCipher.Opener) -> Contents {
        var opener = opener
        var parts: [ParcelPart] = []
        for frame in frames {
            guard let (message, isLast) = try? opener.open(frame, associated: id.bytes) else {
                break
            }
            if isLast { return Contents(parts: parts, isWhole: true) }
            // What a later version says beside the rest is left out.
            guard let part = try? ParcelPart(encodedBytes: message) else { break }
            parts.append(part)
        }
        return Contents(parts: parts, isWhole: false)
    }
}
