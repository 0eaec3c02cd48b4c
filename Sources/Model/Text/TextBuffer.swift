/// The text itself, made for being edited in many places: UTF-8 in pieces of about a kilobyte.
///
/// An edit moves at most one piece's bytes. Pieces are found by walking from the last edit, which
/// is seldom far away, over a column of their lengths; a tree would be deeper than that walk is
/// long for any text that people write.
struct TextBuffer: Sendable {
    private static let pieceBytesMax = 1024
    private static let pieceBytesFilled = 768

    /// Pieces of UTF-8, each of whole scalar values; none is empty, unless it is the only one.
    private var pieces: ContiguousArray<[UInt8]> = [[]]
    /// How many scalar values each piece holds.
    private var counts: ContiguousArray<Int> = [0]
    private(set) var count = 0
    private(set) var byteCount = 0

    private var lastPiece = 0
    private var countBeforeLastPiece = 0

    init() {}

    init(_ text: some Collection<UInt8>) {
        insert(ArraySlice(text), count: text.scalarCount, at: 0)
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        for piece in pieces { bytes.append(contentsOf: piece) }
        return bytes
    }

    /// Inserts UTF-8 that holds `count` scalar values.
    mutating func insert(_ text: ArraySlice<UInt8>, count added: Int, at position: Int) {
        let offset = locate(position)
        let piece = lastPiece
        let byte = byteOffset(of: offset, in: piece)
        count += added
        byteCount += text.count
        if pieces[piece].count + text.count <= Self.pieceBytesMax {
            pieces[piece].insert(contentsOf: text, at: byte)
            counts[piece] += added
        } else {
            var all = Array(pieces[piece][..<byte])
            all.append(contentsOf: text)
            all.append(contentsOf: pieces[piece][byte...])
            replacePiece(piece, by: all)
        }
    }

    mutating func remove(_ removed: Int, at position: Int) {
        count -= removed
        var rest = removed
        while rest > 0 {
            let offset = locate(position)
            var piece = lastPiece
            // The end of a piece is also the beginning of the next one.
            if offset == counts[piece] {
                countBeforeLastPiece += counts[piece]
                piece += 1
                lastPiece = piece
            }
            let start = position - countBeforeLastPiece
            let taken = min(rest, counts[piece] - start)
            let first = byteOffset(of: start, in: piece)
            let end = byteOffset(of: start + taken, in: piece)
            byteCount -= end - first
            rest -= taken
            if taken == counts[piece], pieces.count > 1 {
                pieces.remove(at: piece)
                counts.remove(at: piece)
                lastPiece = 0
                countBeforeLastPiece = 0
            } else {
                pieces[piece].removeSubrange(first..<end)
                counts[piece] -= taken
            }
        }
    }

    /// Makes the piece that holds this position the last one; the position may be its end.
    private mutating func locate(_ position: Int) -> Int {
        while position < countBeforeLastPiece {
            lastPiece -= 1
            countBeforeLastPiece -= counts[lastPiece]
        }
        while position - countBeforeLastPiece > counts[lastPiece] {
            countBeforeLastPiece += counts[lastPiece]
            lastPiece += 1
        }
        return position - countBeforeLastPiece
    }

    private func byteOffset(of scalar: Int, in piece: Int) -> Int {
        let byteCount = pieces[piece].count
        // Pieces of ASCII, which most are, need no counting.
        if byteCount == counts[piece] { return scalar }
        if scalar == counts[piece] { return byteCount }
        return pieces[piece].offset(ofScalar: scalar, from: 0, to: byteCount)
    }

    private mutating func replacePiece(_ piece: Int, by text: [UInt8]) {
        var (newPieces, newCounts): ([[UInt8]], [Int]) = ([], [])
        var start = 0
        while start < text.count {
            var end = min(start + Self.pieceBytesFilled, text.count)
            if text.count - start <= Self.pieceBytesMax { end = text.count }
            while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
            newPieces.append(Array(text[start..<end]))
            newCounts.append(text[start..<end].scalarCount)
            start = end
        }
        pieces.replaceSubrange(piece...piece, with: newPieces)
        counts.replaceSubrange(piece...piece, with: newCounts)
    }
}
