import Model

/// Names, titles and topics: one line, within the bound of short texts.
enum ShortText {
    /// Returns the text without blanks at its ends, or throws where it is no such text.
    static func checked(
        _ text: String, _ name: String, allowsEmpty: Bool = false
    ) throws -> String {
        let trimmed = String(
            text.trimmingPrefix { $0.isWhitespace }.reversed()
                .trimmingPrefix { $0.isWhitespace }.reversed())
        guard allowsEmpty || !trimmed.isEmpty else {
            throw CommandFailure(
                .usage, code: "emptyText", "The \(name) is empty.", hint: "Give at least one word.")
        }
        guard !trimmed.unicodeScalars.contains("\0") else {
            throw CommandFailure(
                .badData, code: "invalidText", "The \(name) has a zero byte in it.",
                hint: "Give plain text.")
        }
        guard trimmed.utf8.count <= Limits.shortTextBytesMax else {
            throw CommandFailure(
                .badData, code: "textTooLong",
                "The \(name) is longer than \(ByteCount.string(Limits.shortTextBytesMax)).",
                hint: "Shorten it.")
        }
        return trimmed
    }

    /// Checks what can be said of an e-mail address without writing to it.
    static func email(_ text: String) throws -> String {
        let trimmed = try checked(text, "e-mail address")
        let parts = trimmed.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            !trimmed.contains(where: \.isWhitespace)
        else {
            throw CommandFailure(
                .usage, code: "invalidEmail",
                "\(InputFailure.quoted(text)) is not an e-mail address.",
                hint: "Write it like ada@example.org.")
        }
        return trimmed
    }
}
