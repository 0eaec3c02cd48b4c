import CZlib

/// zlib streams (RFC 1950) that refer to bytes which the reader has already: a preset dictionary.
///
/// What was inserted into a text is for the most part the text itself, so a history that is
/// stored beside its text takes little more than what has been deleted. The stream holds a
/// checksum of the dictionary, so a history is not read with another text than its own.
enum DictionaryDeflate {
    private static let level: Int32 = 6

    static func deflate(_ bytes: [UInt8], dictionary: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        var status = deflateInit_(
            &stream, level, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "There is no memory left for compressing.")
        defer { deflateEnd(&stream) }
        if !dictionary.isEmpty {
            status = deflateSetDictionary(&stream, dictionary, UInt32(dictionary.count))
            precondition(status == Z_OK, "A fresh stream takes a dictionary.")
        }
        let bound = Int(deflateBound(&stream, uLong(bytes.count)))
        var input = bytes
        return [UInt8](unsafeUninitializedCapacity: bound) { output, initialised in
            input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                let status = CZlib.deflate(&stream, Z_FINISH)
                precondition(status == Z_STREAM_END, "The bound holds all that comes out.")
            }
            initialised = output.count - Int(stream.avail_out)
        }
    }

    /// Inflates a stream that must give exactly `count` bytes; no more memory than these is used
    /// for them.
    static func inflate(
        _ bytes: [UInt8], to count: Int, dictionary: [UInt8]
    ) throws(WireError) -> [UInt8] {
        var stream = z_stream()
        guard
            inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { preconditionFailure("There is no memory left for inflating.") }
        defer { inflateEnd(&stream) }
        var input = bytes
        var isWhole = false
        let inflated = [UInt8](unsafeUninitializedCapacity: count) { output, initialised in
            input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(count)
                var status = CZlib.inflate(&stream, Z_FINISH)
                if status == Z_NEED_DICT,
                    inflateSetDictionary(&stream, dictionary, UInt32(dictionary.count)) == Z_OK
                {
                    status = CZlib.inflate(&stream, Z_FINISH)
                }
                isWhole = status == Z_STREAM_END && stream.avail_in == 0
            }
            initialised = count - Int(stream.avail_out)
        }
        guard isWhole, inflated.count == count else {
            throw WireError(
                .malformed, "A stored history is damaged or is stored beside another text.")
        }
        return inflated
    }
}
