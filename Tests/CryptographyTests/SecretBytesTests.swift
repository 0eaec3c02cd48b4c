import Testing

@testable import Cryptography

@Suite struct SecretBytesTests {
    @Test func secretGivesBackItsBytes() {
        for count in [0, 1, 32, 5_000] {
            let bytes = RandomBytes.generate(count: count)
            let secret = SecretBytes(bytes)

            #expect(secret.count == count)
            #expect(secret.withBytes { Array($0) } == bytes)
        }
    }

    @Test func wipingLeavesZeroes() {
        var bytes: [UInt8] = [1, 2, 3]
        let secret = SecretBytes(wiping: &bytes)

        #expect(bytes == [0, 0, 0])
        #expect(secret.withBytes { Array($0) } == [1, 2, 3])
    }

    @Test func equalityMeansTheSameBytes() {
        #expect(SecretBytes([1, 2, 3]) == SecretBytes([1, 2, 3]))
        #expect(SecretBytes([1, 2, 3]) != SecretBytes([1, 2, 4]))
        #expect(SecretBytes([1, 2, 3]) != SecretBytes([1, 2]))
        #expect(SecretBytes([]) == SecretBytes([]))
    }

    @Test func noWayOfPrintingShowsTheBytes() {
        let secret = SecretBytes([201, 202, 203])
        var dumped = ""
        dump(secret, to: &dumped)

        #expect("\(secret)" == "<secret>")
        #expect(String(reflecting: secret) == "<secret>")
        #expect(!dumped.contains("201"))
        #expect(!"\([secret])".contains("201"))
    }

    @Test func fillThatFailsPassesItsErrorOn() {
        #expect(throws: CryptographyError(.unusableKey, subject: "example")) {
            try SecretBytes(count: 8) { _ throws(CryptographyError) in
                throw CryptographyError(.unusableKey, subject: "example")
            }
        }
    }

    @Test func randomBytesHaveTheirLengthAndDiffer() {
        for count in [0, 1, 32, 1_000] {
            #expect(RandomBytes.generate(count: count).count == count)
        }
        #expect(RandomBytes.generate(count: 32) != RandomBytes.generate(count: 32))
        #expect(SecretBytes.random(count: 32) != SecretBytes.random(count: 32))
    }
}
