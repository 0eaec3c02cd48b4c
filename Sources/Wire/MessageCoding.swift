import Cryptography
import Foundation
import Model
import SwiftProtobuf

/// How Protocol Buffers messages are read and written everywhere in this module.
///
/// Unknown fields are dropped: what is signed is kept as the bytes that were received, so nothing
/// that anybody relies on is ever encoded again.
extension Message {
    /// Reads a message of a kind whose size the caller has checked.
    init(reading bytes: [UInt8], _ subject: String) throws(WireError) {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        // The deepest message of the protocol has four levels.
        options.messageDepthLimit = 8
        do {
            try self.init(serializedBytes: bytes, options: options)
        } catch BinaryDecodingError.truncated {
            throw WireError(.truncated, "The \(subject) ends too early.")
        } catch {
            throw WireError(.malformed, "The \(subject) is not a message of its kind.")
        }
    }

    /// The encoded message. Encoding cannot fail: no message has required fields, and texts of
    /// Swift are UTF-8 by nature.
    var encoded: [UInt8] {
        guard let bytes: [UInt8] = try? serializedBytes() else {
            preconditionFailure("A message without required fields can always be encoded.")
        }
        return bytes
    }
}

extension Digest {
    init(_ data: Data, _ subject: String) throws(WireError) {
        guard let digest = Digest(bytes: data) else {
            throw WireError(.malformed, "The \(subject) does not have 32 bytes.")
        }
        self = digest
    }

    var data: Data { Data(bytes) }

    /// Reads hashes that must be ascending, each once.
    static func ascending(_ fields: [Data], _ subject: String) throws(WireError) -> [Digest] {
        var digests: [Digest] = []
        digests.reserveCapacity(fields.count)
        for field in fields {
            let digest = try Digest(field, subject)
            if let last = digests.last, last >= digest {
                throw WireError(.malformed, "The \(subject) is out of order.")
            }
            digests.append(digest)
        }
        return digests
    }
}

extension DeviceID {
    init(_ data: Data, _ subject: String) throws(WireError) {
        guard let device = DeviceID(bytes: data) else {
            throw WireError(.malformed, "The \(subject) does not have 8 bytes.")
        }
        self = device
    }

    var data: Data { Data(bytes) }
}

extension ProgrammeID {
    init(_ data: Data) throws(WireError) {
        guard let programme = ProgrammeID(bytes: data) else {
            throw WireError(.malformed, "The programme's id does not have 16 bytes.")
        }
        self = programme
    }

    var data: Data { Data(bytes) }
}

extension MemberID {
    init(_ data: Data) throws(WireError) {
        guard let member = MemberID(bytes: data) else {
            throw WireError(.malformed, "The member's id does not have 16 bytes.")
        }
        self = member
    }
}

extension Role {
    init(wire number: UInt32) throws(WireError) {
        guard let role = Role(rawValue: Int64(number)) else {
            throw WireError(.malformed, "The role \(number) is unknown.")
        }
        self = role
    }

    var wire: UInt32 { UInt32(rawValue) }
}

extension Scope {
    init(_ data: Data) throws(WireError) {
        guard let scope = Scope(bytes: Array(data)) else {
            throw WireError(.malformed, "A scope is not of a known form.")
        }
        self = scope
    }

    var data: Data { Data(bytes) }
}

extension PublicKey {
    init(_ data: Data, _ subject: String) throws(WireError) {
        guard let key = PublicKey(bytes: Array(data)) else {
            throw WireError(.malformed, "The \(subject) does not have 32 bytes.")
        }
        self = key
    }
}

extension Signature {
    init(_ data: Data, _ subject: String) throws(WireError) {
        guard let signature = Signature(bytes: Array(data)) else {
            throw WireError(.malformed, "The \(subject) does not have 64 bytes.")
        }
        self = signature
    }
}

extension HubTime {
    /// Reads the hub's time of an answer: an instant like those of fields, because devices compute
    /// with it.
    init(ofAnswer milliseconds: Int64) throws(WireError) {
        guard
            (Limits.instantMillisecondsMin...Limits.instantMillisecondsMax).contains(milliseconds)
        else { throw WireError(.malformed, "The time of the hub is out of range.") }
        self.init(milliseconds: milliseconds)
    }
}

extension Position {
    /// Every position that comes from outside as a message is read here, and its number fits a column.
    init(_ message: Waymark_V1_Position) throws(WireError) {
        guard message.number <= Position.numberMax else {
            throw WireError(.malformed, "The number of a position is too large.")
        }
        self.init(epoch: message.epoch, number: message.number)
    }

    var message: Waymark_V1_Position {
        var message = Waymark_V1_Position()
        message.epoch = epoch
        message.number = number
        return message
    }
}
