/// Plain decimal numbers: ASCII digits only, no sign, no grouping, no locale.
enum Digits {
    /// Returns nil unless the text is one to eighteen ASCII digits.
    static func value(_ text: some StringProtocol) -> Int? {
        let bytes = text.utf8
        guard (1...18).contains(bytes.count) else { return nil }
        var value = 0
        for byte in bytes {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    static func padded(_ value: Int, to width: Int) -> String {
        let digits = String(value)
        guard digits.utf8.count < width else { return digits }
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
