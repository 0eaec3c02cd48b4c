import Model

/// Reads texts that fit a line or two: names, titles, topics, tags.
struct ShortText {
    private let input: TextInput

    /// - Parameter input: says what the text is called and where `-` reads from.
    init(_ input: TextInput) {
        self.input = input
    }

    /// Returns the text on one line, without blanks around it.
    func parse(_ argument: String) throws -> String {
        let text = TerminalText.flattened(try input.read(argument))
        guard text.utf8.count <= Limits.shortTextBytesMax else {
            throw CommandFailure(
                .badData, code: "textTooLong",
                "The \(input.name) is longer than \(ByteCount.string(Limits.shortTextBytesMax)).",
                hint: "Shorten it.")
        }
        return text
    }

    /// The same for options that are not always given.
    func parse(_ argument: String?) throws -> String? {
        guard let argument else { return nil }
        return try parse(argument)
    }
}
