import CZlib
import Foundation

/// Files as they are or in gzip.
enum GzipFile {
    struct Damaged: Error, CustomStringConvertible {
        let file: String
        var description: String { "The file \(file) is not a whole gzip file" }
    }

    static func read(_ file: String) throws -> Data {
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        guard data.starts(with: [0x1F, 0x8B]) else { return data }
        var inflated = Data()
        var stream = z_stream()
        // 16 more than the window's size means gzip.
        guard
            inflateInit2_(
                &stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { throw Damaged(file: file) }
        defer { inflateEnd(&stream) }
        var input = [UInt8](data)
        var output = [UInt8](repeating: 0, count: 1 << 18)
        var status = Z_OK
        let inputCount = input.count
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(inputCount)
            while status == Z_OK {
                let outputCount = output.count
                let written = output.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(outputCount)
                    status = inflate(&stream, Z_NO_FLUSH)
                    return outputCount - Int(stream.avail_out)
                }
                inflated.append(contentsOf: output[..<written])
                if written == 0, stream.avail_in == 0, status == Z_OK { status = Z_BUF_ERROR }
            }
        }
        guard status == Z_STREAM_END else { throw Damaged(file: file) }
        return inflated
    }
}
