extension CommandContext {
    /// Reads a title, a topic or a tag: one line, from the argument or for `-` from standard input.
    func shortText(
        _ argument: String, _ name: String, allowsEmpty: Bool = false
    ) throws -> String {
        try ShortText(textInput(name, allowsEmpty: allowsEmpty)).parse(argument)
    }
}
