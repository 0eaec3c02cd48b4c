import Model

extension Money {
    /// For people: `25.50 EUR`, `3000 JPY`.
    var text: String {
        let digits = Self.digits(of: currency)
        let scale = (0..<digits).reduce(Int64(1)) { scale, _ in scale * 10 }
        let whole = String(amount / scale)
        guard digits > 0 else { return "\(whole) \(currency)" }
        let minor = String(amount % scale)
        let padding = String(repeating: "0", count: digits - minor.count)
        return "\(whole).\(padding)\(minor) \(currency)"
    }

    var json: JSONValue { ["amount": .int(amount), "currency": .string(currency)] }
}
