import Model
import Testing

@Suite struct MoneyTests {
    @Test func isAnAmountAndACurrency() throws {
        let price = try #require(Money(amount: 2_550, currency: "EUR"))
        #expect(Money(price.value) == price)
        #expect(price.value == .list([.integer(2_550), .text("EUR")]))
        for value: Value in [
            .null, .integer(5), .list([]), .list([.integer(5)]),
            .list([.text("EUR"), .integer(5)]),
            .list([.integer(-1), .text("EUR")]), .list([.integer(1), .text("eur")]),
            .list([.integer(1), .text("EURO")]), .list([.integer(1), .text("E\u{301}U")]),
            .list([.integer(1), .text("EUR"), .null]),
        ] {
            #expect(Money(value) == nil)
            #expect(FieldType.money.admits(value) == (value == .null))
        }
    }

    @Test func minorUnitsAreThoseOfTheCurrency() {
        #expect(Money.digits(of: "EUR") == 2)
        #expect(Money.digits(of: "JPY") == 0)
        #expect(Money.digits(of: "KWD") == 3)
    }
}
