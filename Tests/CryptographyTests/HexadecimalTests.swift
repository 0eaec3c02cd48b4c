import Testing

@testable import Cryptography

@Suite struct HexadecimalTests {
    @Test func everyByteHasItsTwoDigits() {
        let all = (0...255).map { UInt8($0) }
        let text = Hexadecimal.encode(all)

        #expect(text.hasPrefix("000102030405060708090a0b0c0d0e0f10"))
        #expect(text.hasSuffix("f9fafbfcfdfeff"))
        #expect(Hexadecimal.decode(text) == all)
        #expect(Hexadecimal.encode([]) == "")
        #expect(Hexadecimal.decode("") == [])
    }

    @Test(arguments: ["0", "000", "0G", "g0", "AB", "aB", " 00", "00 ", "0x00", "é0", "0\u{0}"])
    func anythingElseIsRefused(_ text: String) {
        #expect(Hexadecimal.decode(text) == nil)
    }
}
