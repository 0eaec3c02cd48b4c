import CZlib
import Foundation

/// A diary in JSON Lines, as `waymark journal import` takes it.
struct Diary {
    let file: String
    let bodies: [String]

    private struct Line: Decodable { let body: String }

    init(_ file: String) throws {
        self.file = file
        let decoder = JSONDecoder()
        bodies = try Data(contentsOf: URL(fileURLWithPath: file)).split(separator: 10)
            .map { try decoder.decode(Line.self, from: Data($0)).body }
    }

    var textBytes: Int { bodies.reduce(0) { $0 + $1.utf8.count } }

    var compressedBytes: Int { Self.compressedBytes(of: bodies) }

    /// The bytes of texts, one after the other, by `zlib -6`.
    static func compressedBytes(of texts: [String]) -> Int {
        let text: [UInt8] = texts.flatMap { Array($0.utf8) + [10] }
        var count = compressBound(uLong(text.count))
        var output = [UInt8](repeating: 0, count: Int(count))
        compress2(&output, &count, text, uLong(text.count), 6)
        return Int(count)
    }
}
