/// Reads an e-mail address: checks what can be said of one without writing to it.
struct EmailInput {
    /// Says where `-` reads from.
    let context: CommandContext

    func parse(_ argument: String) throws -> String {
        let address = try context.shortText(argument, "e-mail address")
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            !address.contains(where: \.isWhitespace)
        else {
            throw CommandFailure(
                .usage, code: "invalidEmail",
                "\(InputFailure.quoted(argument)) is not an e-mail address.",
                hint: "Write it like ada@example.org.")
        }
        return address
    }
}
