import Model
import Testing

@testable import SyncClient

@Suite struct MoneyInputTests {
    @Test(arguments: [
        ("25 EUR", "25.00 EUR"), ("EUR 25.5", "25.50 EUR"), ("0.05 usd", "0.05 USD"),
        ("  3000  JPY ", "3000 JPY"), ("1.234 KWD", "1.234 KWD"), ("0 EUR", "0.00 EUR"),
        ("10000000000 EUR", "10000000000.00 EUR"),
    ])
    func amountsAreReadAndWritten(typed: String, shown: String) throws {
        #expect(try MoneyInput.parse(typed).text == shown)
    }

    @Test(arguments: [
        "", "25", "EUR", "25 EURO", "25.505 EUR", "3000.5 JPY", "-5 EUR", "2,50 EUR", "25. EUR",
        ".5 EUR", "1 2 EUR", "25 €", "1e3 EUR", "99999999999999 EUR", "10000000000.01 EUR",
    ])
    func anythingElseIsRefused(typed: String) {
        #expect(throws: CommandFailure.self) { try MoneyInput.parse(typed) }
    }
}

@Suite struct SkillTests {
    @Test func levelIsGivenBehindTheName() throws {
        let skill = try #require(Skill(argument: " joinery = 4 "))
        #expect(skill.name == "joinery")
        #expect(skill.level == 4)
        #expect(skill.stored == "joinery=4")
        #expect(try #require(Skill(argument: "a=b=2")).name == "a=b")
        #expect(Skill(argument: "Swift")?.level == nil)
        for text in ["", "=3", "joinery=0", "joinery=6", "joinery=", "joinery=x"] {
            #expect(Skill(argument: text) == nil, "\(text)")
        }
    }

    /// Two laptops may have given two levels at the same time.
    @Test func eachSkillIsShownOnceWithItsHighestLevel() {
        let skills = Skill.all(in: ["Welding", "joinery=2", "Joinery=4", "welding=1", "=x"])
        #expect(skills.map(\.stored) == ["Joinery=4", "welding=1"])
    }
}
