import Foundation
import Model
import SwiftProtobuf

extension BatchHeader {
    /// The bytes that are signed.
    var headerBytes: [UInt8] {
        var message = Waymark_V1_BatchHeader()
        message.formatVersion = formatVersion
        message.programme = programme.data
        message.device = device.data
        message.sequence = sequence
        if previous != .zero { message.previous = previous.data }
        if context != .start { message.context = context.message }
        message.schemaVersion = schemaVersion
        message.sectionHashes = sectionHashes.map(\.data)
        return message.encoded
    }

    init(headerBytes: [UInt8]) throws(WireError) {
        try Limit.bytes(
            headerBytes.count, atMost: WireFormat.headerBytesMax, "header of a batch")
        let message = try Waymark_V1_BatchHeader(reading: headerBytes, "header of a batch")
        try Limit.version(
            message.formatVersion, supported: WireFormat.batchVersion, "header of a batch")
        try Limit.count(
            message.sectionHashes.count, in: 1...Limits.batchSectionsMax, "sections in a batch")
        guard message.sequence > 0, (message.sequence == 1) == message.previous.isEmpty else {
            throw WireError(
                .malformed, "A batch names the one before it unless it is the first.")
        }
        guard message.sequence <= BatchHeader.sequenceMax else {
            throw WireError(.malformed, "The sequence of a batch is too large.")
        }
        self.init(
            formatVersion: message.formatVersion, programme: try ProgrammeID(message.programme),
            device: try DeviceID(message.device, "device of a batch"), sequence: message.sequence,
            previous: message.previous.isEmpty
                ? .zero : try Digest(message.previous, "hash of the previous batch"),
            context: try Position(message.context), schemaVersion: message.schemaVersion,
            sectionHashes: try Digest.ascending(
                message.sectionHashes, "list of section hashes"))
    }
}
