import Model

/// Reads an amount of money as people type it: `25 EUR`, `EUR 25.50`, `3000 JPY`.
enum MoneyInput {
    /// What nobody asks for an hour, in minor units; above it lies a slip of the hand.
    private static let amountMax: Int64 = 1_000_000_000_000

    static func parse(_ text: String) throws -> Money {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count == 2 else { throw invalid(text) }
        let isCodeFirst = words[0].first?.isLetter ?? false
        let (number, code) = isCodeFirst ? (words[1], words[0]) : (words[0], words[1])
        let currency = code.uppercased()
        guard let amount = amount(number, digits: Money.digits(of: currency)),
            amount <= amountMax, let money = Money(amount: amount, currency: currency)
        else { throw invalid(text) }
        return money
    }

    /// The number in minor units; nil for more digits behind the point than the currency has.
    private static func amount(_ number: String, digits: Int) -> Int64? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts[0].count <= 12,
            let whole = Digits.value(parts[0])
        else { return nil }
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        guard fraction.count <= digits, parts.count == 1 || !fraction.isEmpty else { return nil }
        let padded = fraction + String(repeating: "0", count: digits - fraction.count)
        guard let minor = padded.isEmpty ? 0 : Digits.value(padded[...]) else { return nil }
        let scale = (0..<digits).reduce(Int64(1)) { scale, _ in scale * 10 }
        return Int64(whole) * scale + Int64(minor)
    }

    private static func invalid(_ text: String) -> CommandFailure {
        CommandFailure(
            .usage, code: "invalidMoney",
            "\(InputFailure.quoted(text)) is not an amount of money.",
            hint: "Write a number and a currency of three letters, like \"25.50 EUR\".")
    }
}
