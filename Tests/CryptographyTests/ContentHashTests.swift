import Testing

@testable import Cryptography

@Suite struct ContentHashTests {
    let domain = HashDomain("waymark example v1")

    @Test(arguments: try CryptographyVectors.load().hashes)
    func hashIsTheOneInTheVectors(_ vector: CryptographyVectors.Hash) throws {
        let message = try #require(Hexadecimal.decode(vector.message))
        let domain = HashDomain(vector.domain)

        #expect(ContentHash.of(message, domain: domain).description == vector.hash)
        #expect(ContentHash.of([message], domain: domain).description == vector.hash)
    }

    @Test func everyWayToHashGivesTheSame() {
        for count in [0, 1, 109, 110, 237, 238, 493, 494, 1_000] {
            let message = (0..<count).map { UInt8($0 % 251) }
            let whole = ContentHash.of(message, domain: domain)

            for border in [0, count / 3, count] {
                let parts = [Array(message[..<border]), Array(message[border...])]
                #expect(ContentHash.of(parts, domain: domain) == whole)
                var hasher = ContentHasher(domain: domain)
                hasher.update(message[..<border])
                hasher.update(message[border...])
                #expect(hasher.finish() == whole)
            }
            let surrounded = [7] + message + [7]
            #expect(ContentHash.of(surrounded[1..<(count + 1)], domain: domain) == whole)
        }
    }

    @Test func copyOfAHasherGoesItsOwnWay() {
        var first = ContentHasher(domain: domain)
        first.update([1])
        var second = first
        first.update([2])
        second.update([3])

        #expect(first.finish() == ContentHash.of([1, 2], domain: domain))
        #expect(second.finish() == ContentHash.of([1, 3], domain: domain))
    }

    @Test func finishingAHasherDoesNotDisturbIt() {
        var hasher = ContentHasher(domain: domain)
        hasher.update([1])
        #expect(hasher.finish() == hasher.finish())
        hasher.update([2])

        #expect(hasher.finish() == ContentHash.of([1, 2], domain: domain))
    }

    @Test func onlyThirtyTwoBytesAreAHash() throws {
        for count in 0...40 where count != 32 {
            #expect(ContentHash(bytes: [UInt8](repeating: 1, count: count)) == nil)
        }
        let bytes = (0..<32).map { UInt8($0) }
        #expect(try #require(ContentHash(bytes: bytes)).bytes == bytes)
    }

    @Test func hashesAreOrderedAsTheirBytesAre() throws {
        let zero = [UInt8](repeating: 0, count: 32)
        for index in 0..<32 {
            var larger = zero
            larger[index] = 1
            var smaller = zero
            for later in 0..<32 where later > index { smaller[later] = 255 }
            let left = try #require(ContentHash(bytes: smaller))
            let right = try #require(ContentHash(bytes: larger))

            #expect(left < right)
            #expect(!(right < left))
            #expect(!(left < left))
        }
    }

    @Test func domainNamesThatAreBugsEndTheProcess() async {
        await #expect(processExitsWith: .failure) { _ = HashDomain("") }
        await #expect(processExitsWith: .failure) { _ = HashDomain("zürich") }
        await #expect(processExitsWith: .failure) {
            _ = SignatureDomain(String(repeating: "d", count: 65))
        }
    }
}
