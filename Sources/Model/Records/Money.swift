/// An amount of a currency.
package struct Money: Hashable, Sendable {
    /// In the currency's minor unit: cents of a euro, yen. Not negative.
    package let amount: Int64
    /// A code of three capital letters, as ISO 4217 has them.
    package let currency: String

    /// Nil for a negative amount, or a currency that is not three capital letters.
    package init?(amount: Int64, currency: String) {
        let isCode = currency.utf8.count == 3 && currency.utf8.allSatisfy { (65...90).contains($0) }
        guard amount >= 0, isCode else { return nil }
        self.amount = amount
        self.currency = currency
    }

    /// Reads what ``value`` makes; nil for anything else.
    package init?(_ value: Value) {
        guard let items = value.list, items.count == 2, let amount = items[0].integer,
            let currency = items[1].text
        else { return nil }
        self.init(amount: amount, currency: currency)
    }

    package var value: Value { .list([.integer(amount), .text(currency)]) }

    /// How many digits follow the point: those of ISO 4217, list one, where it is not two.
    package static func digits(of currency: String) -> Int {
        switch currency {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
            "VND", "VUV", "XAF", "XOF", "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        case "CLF", "UYW": 4
        default: 2
        }
    }
}
