/// An e-mail address that may stand in a header and on a command line: `name@host` in plain ASCII,
/// as nearly all addresses are. Whatever could mean something else there is no address.
struct MailAddress: Hashable, Sendable {
    let text: String

    private static let bytesMax = 254
    private static let localBytesMax = 64

    init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.bytesMax, parts.count == 2,
            parts[0].utf8.count <= Self.localBytesMax, Self.isDotted(parts[0], Self.isAtomic),
            Self.isDotted(parts[1], Self.isOfHost), !text.hasPrefix("-")
        else { return nil }
        self.text = text
    }

    /// What stands behind the `@`.
    var host: String {
        String(text[text.index(after: text.firstIndex(of: "@") ?? text.startIndex)...])
    }

    /// Parts that are not empty, with points between them.
    private static func isDotted(_ text: Substring, _ isPart: (UInt8) -> Bool) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy(isPart)
        }
    }

    /// What RFC 5322 lets stand in an atom.
    private static func isAtomic(_ byte: UInt8) -> Bool {
        isOfHost(byte) || "!#$%&'*+/=?^_`{|}~".utf8.contains(byte)
    }

    private static func isOfHost(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
    }
}
