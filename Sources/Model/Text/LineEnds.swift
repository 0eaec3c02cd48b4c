extension String {
    /// The same lines, ended as they are in the text that this one takes the place of.
    ///
    /// Editors and files from other systems end lines with "\r\n" or "\n" as they are used to.
    /// Nobody means anything by it, but taken for a change it would touch every line: two people
    /// who both did it would double the "\r", and words that a third added to a line would end up
    /// beside it. So a text whose lines all end in one way keeps that way. One without line ends
    /// takes them as they come, and so does one that has both.
    package func keepingLineEnds(of old: String) -> String {
        guard utf8.contains(UInt8(ascii: "\n")) else { return self }
        return LineEnd.only(of: old).map(ending) ?? self
    }

    private enum LineEnd {
        case single, pair

        /// The way in which all lines end; nil if there are none or they differ.
        static func only(of text: String) -> Self? {
            var (only, last): (Self?, UInt8) = (nil, 0)
            for byte in text.utf8 {
                if byte == UInt8(ascii: "\n") {
                    let end: Self = last == UInt8(ascii: "\r") ? .pair : .single
                    if let only, only != end { return nil }
                    only = end
                }
                last = byte
            }
            return only
        }
    }

    private func ending(lines end: LineEnd) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        let (newLine, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
        for byte in utf8 {
            if byte == newLine {
                switch end {
                case .single: while bytes.last == carriageReturn { bytes.removeLast() }
                case .pair: if bytes.last != carriageReturn { bytes.append(carriageReturn) }
                }
            }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
