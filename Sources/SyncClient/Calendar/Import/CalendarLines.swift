import Foundation

/// The lines of a calendar file, unfolded (RFC 5545, section 3.1): a line that begins with a blank
/// goes on with the one before. Lines may end with CRLF, LF or CR, in any mixture.
///
/// What is folded may be cut within a character, so lines are bytes.
struct CalendarLines {
    struct Line {
        /// Where it begins in the file, from 1.
        let number: Int
        let bytes: ArraySlice<UInt8>
        /// Whether more stood in it than ``lineBytesMax``, which is left out.
        let isCut: Bool
    }

    /// Bytes of one line. Texts that are used are far shorter; files that people attach to entries
    /// are not, and nobody needs them here.
    static let lineBytesMax = 256 * 1024

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// Gives each line that is not empty to `body`, until there are no more or it returns false.
    static func read(_ bytes: UnsafeRawBufferPointer, _ body: (Line) throws -> Bool) rethrows {
        var position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var number = 1
        var line: [UInt8] = []
        while position < bytes.count {
            let first = number
            var isCut = false
            line.removeAll(keepingCapacity: true)
            var isGoingOn = true
            while isGoingOn {
                let end = lineEnd(bytes, from: position)
                let room = lineBytesMax - line.count
                line.append(contentsOf: bytes[position..<min(end, position + max(0, room))])
                isCut = isCut || end - position > room
                position = next(bytes, after: end)
                number += 1
                isGoingOn =
                    position < bytes.count && !line.isEmpty
                    && (bytes[position] == UInt8(ascii: " ")
                        || bytes[position] == UInt8(ascii: "\t"))
                if isGoingOn { position += 1 }
            }
            guard !line.isEmpty else { continue }
            guard try body(Line(number: first, bytes: line[...], isCut: isCut)) else { return }
        }
    }

    private static func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != lineFeed, bytes[end] != carriageReturn { end += 1 }
        return end
    }

    private static func next(_ bytes: UnsafeRawBufferPointer, after end: Int) -> Int {
        guard end < bytes.count else { return end }
        let isPair =
            bytes[end] == carriageReturn && end + 1 < bytes.count && bytes[end + 1] == lineFeed
        return end + (isPair ? 2 : 1)
    }
}
