import CZlib

/// zlib streams (RFC 1950) without a preset dictionary, in one piece and of a size that is known
/// before.
enum Deflate {
    /// A level beyond the default costs much time and saves little.
    private static let level: Int32 = 6

    static func deflate(_ bytes: [UInt8]) -> [UInt8] {
        var count = compressBound(uLong(bytes.count))
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { output, initialised in
            let status = compress2(
                output.baseAddress, &count, bytes, uLong(bytes.count), level)
            precondition(status == Z_OK, "There is no memory left for compressing.")
            initialised = Int(count)
        }
    }

    /// Inflates the stream that starts at `offset` and goes to the end of `bytes`; it must give
    /// exactly `count` bytes, and no more memory than these is ever used for them.
    static func inflate(
        _ bytes: [UInt8], from offset: Int, to count: Int
    ) throws(WireError) -> [UInt8] {
        var status = Z_OK
        var outputCount = uLong(count)
        var inputCount = uLong(bytes.count - offset)
        let inflated = [UInt8](unsafeUninitializedCapacity: count) { output, initialised in
            bytes.withUnsafeBufferPointer { input in
                let start = input.baseAddress.map { $0 + offset }
                status = uncompress2(output.baseAddress, &outputCount, start, &inputCount)
            }
            initialised = status == Z_OK ? Int(outputCount) : 0
        }
        switch status {
        case Z_OK:
            guard inflated.count == count else {
                throw WireError(
                    .inflatesTooFar,
                    "The section states \(count) bytes but holds \(inflated.count).")
            }
            guard Int(inputCount) == bytes.count - offset else {
                throw WireError(.malformed, "Bytes follow the compressed payload of the section.")
            }
            return inflated
        case Z_BUF_ERROR:
            throw WireError(
                .inflatesTooFar, "The section states \(count) bytes but holds more.")
        case Z_MEM_ERROR:
            preconditionFailure("There is no memory left for inflating.")
        default:
            throw WireError(.malformed, "The compressed payload of the section is damaged.")
        }
    }
}
