import Model

/// A mail as the bytes that a `sendmail` command takes: RFC 5322, in ASCII only.
///
/// What people wrote can stand in it nowhere but encoded: in headers as RFC 2047 has it, in the
/// text as quoted-printable. So no name and no title can begin a header or end the mail.
struct MailMessage: Sendable {
    let from: MailAddress
    /// What the sender is called.
    let fromName: String
    let to: MailAddress
    let subject: String
    /// Names the mail for good, before the `@`; ASCII letters and digits.
    let id: String
    let date: HubTime
    let text: String

    /// The whole mail, with the line ends of this system, as `sendmail` wants it.
    var bytes: [UInt8] {
        let headers = [
            // The address on a line of its own: both may be long.
            "From: \(Self.encodedPhrase(fromName))\n <\(from.text)>",
            "To: <\(to.text)>",
            "Subject: \(Self.encodedText(subject, firstLineColumns: 9))",
            "Date: \(Self.dateText(date))",
            "Message-ID: <\(id)@\(from.host)>",
            // No robot is to answer, RFC 3834.
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
        ]
        return Array((headers.joined(separator: "\n") + "\n\n" + Self.quotedPrintable(text)).utf8)
    }

    // MARK: Headers

    /// Text in a header: as it is where that is plain, else in encoded words of RFC 2047.
    static func encodedText(_ text: String, firstLineColumns: Int) -> String {
        let isPlain =
            text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
            && text.utf8.count + firstLineColumns <= lineColumnsMax && !text.hasPrefix(" ")
        return isPlain ? text : encodedWords(text)
    }

    /// A name in front of an address: letters, digits and blanks may stand as they are.
    static func encodedPhrase(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && !text.hasPrefix(" ") && text.utf8.count <= 40
            && text.utf8.allSatisfy { byte in
                Character(UnicodeScalar(byte)).isASCII
                    && (Character(UnicodeScalar(byte)).isLetter
                        || Character(UnicodeScalar(byte)).isNumber || byte == 0x20)
            }
        return isPlain ? text : encodedWords(text)
    }

    private static let lineColumnsMax = 76
    /// Bytes of text in one encoded word: at most 75 columns of it, four for three bytes.
    private static let wordBytesMax = 42

    /// Encoded words of whole characters, each on a line of its own.
    private static func encodedWords(_ text: String) -> String {
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if words[words.count - 1].count + bytes.count > wordBytesMax { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?UTF-8?B?\(base64($0))?=" }.joined(separator: "\n ")
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".unicodeScalars)
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = group.reduce(0) { $0 << 8 | Int($1) }
            bits <<= 8 * (3 - group.count)
            for index in 0..<4 {
                text.unicodeScalars.append(
                    index <= group.count ? alphabet[bits >> (18 - 6 * index) & 63] : "=")
            }
        }
        return text
    }

    /// `Fri, 04 Dec 2026 10:00:00 +0000`.
    static func dateText(_ time: HubTime) -> String {
        let seconds = time.milliseconds / 1000
        let (days, rest) = (seconds / 86_400, seconds % 86_400)
        let date = CivilDate(daysSince1970: days)
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
        let clock = [rest / 3600, rest / 60 % 60, rest % 60].map(two).joined(separator: ":")
        return "\(date.weekday), \(two(date.day)) \(date.monthName) \(date.year) \(clock) +0000"
    }

    // MARK: Text

    /// The text as RFC 2045 has it: whole characters on lines of at most 76 columns.
    static func quotedPrintable(_ text: String) -> String {
        var output = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var column = 0
            let scalars = Array(line.unicodeScalars)
            for (index, scalar) in scalars.enumerated() {
                let isLast = index == scalars.count - 1
                let piece = encoded(scalar, isLast: isLast, isFirst: column == 0)
                if column + piece.utf8.count > lineColumnsMax - 1 {
                    output += "=\n"
                    column = 0
                }
                output += piece
                column += piece.utf8.count
            }
            output += "\n"
        }
        return output
    }

    /// Blanks at the end of a line and points at its beginning do not survive every mail server.
    private static func encoded(
        _ scalar: Unicode.Scalar, isLast: Bool, isFirst: Bool
    ) -> String {
        let isPlain =
            (0x21...0x7E).contains(scalar.value) && scalar != "=" || scalar == " " && !isLast
        guard !isPlain || scalar == "." && isFirst else { return String(scalar) }
        return String(scalar).utf8.map { byte in
            "=" + String(byte >> 4, radix: 16, uppercase: true)
                + String(byte & 15, radix: 16, uppercase: true)
        }.joined()
    }
}

/// A day of the Gregorian calendar, for headers.
struct CivilDate {
    let year: Int64
    let month: Int64
    let day: Int64
    private let daysSince1970: Int64

    /// The algorithm is Howard Hinnant's `civil_from_days`.
    init(daysSince1970 days: Int64) {
        daysSince1970 = days
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var weekday: String {
        let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        return names[Int((daysSince1970 % 7 + 7) % 7)]
    }

    var monthName: String {
        [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ][Int(month - 1)]
    }
}
