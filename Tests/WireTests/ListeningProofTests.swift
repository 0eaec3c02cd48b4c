import Cryptography
import Model
import Testing
import Wire

@Suite struct ListeningProofTests {
    let key = SigningKey()
    let secret = [UInt8](repeating: 7, count: 32)
    let programme = ProgrammeID(hubKey: SigningKey().publicKey)

    private var challenge: ListeningChallenge {
        ListeningChallenge(number: 258, issuedAt: 70_000, secret: secret)
    }

    @Test func headersAreReadAsTheyWereWritten() throws {
        #expect(ListeningChallenge(headerText: challenge.headerText) == challenge)
        let proof = ListeningProof(challenge, programme: programme, key: key)
        let read = try #require(ListeningProof(headerText: proof.headerText))
        #expect(read == proof)
        #expect(read.device == DeviceID(key.publicKey))
        #expect(read.challenge.number == 258)
        #expect(read.isValid(key: key.publicKey, programme: programme))
    }

    @Test func signatureIsOfOneKeyAndOneProgramme() {
        let proof = ListeningProof(challenge, programme: programme, key: key)
        #expect(!proof.isValid(key: SigningKey().publicKey, programme: programme))
        let other = ProgrammeID(hubKey: SigningKey().publicKey)
        #expect(!proof.isValid(key: key.publicKey, programme: other))
    }

    @Test func changedBitIsNoticed() throws {
        let proof = ListeningProof(challenge, programme: programme, key: key)
        let scheme = ListeningProof.scheme + " "
        let bytes = try #require(Base64URL.decode(String(proof.headerText.dropFirst(scheme.count))))
        #expect(bytes.count == 120)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            let read = try #require(
                ListeningProof(headerText: scheme + Base64URL.encode(changed)))
            let isTaken =
                read.challenge.isMade(with: secret)
                && read.isValid(key: key.publicKey, programme: programme)
            #expect(!isTaken, "byte \(index)")
        }
    }

    @Test func otherTextsAreNoHeaders() {
        let proof = ListeningProof(challenge, programme: programme, key: key).headerText
        for text in [
            "", "Waymark", "Basic abc", proof + "A", String(proof.dropLast()), proof + "=",
        ] {
            #expect(ListeningProof(headerText: text) == nil, "\(text)")
        }
        let given = challenge.headerText
        for text in ["", #"Basic realm="x""#, String(given.dropLast()), given + ", Basic"] {
            #expect(ListeningChallenge(headerText: text) == nil, "\(text)")
        }
        #expect(!challenge.isMade(with: [UInt8](repeating: 8, count: 32)))
    }

    @Test func idsOfEventsArePositions() {
        let position = Position(epoch: 2, number: 204)
        #expect(position.eventID == "2-204")
        #expect(Position(eventID: "2-204") == position)
        for text in ["", "2", "2-", "-4", "2-4-6", "a-b", "2--4", "4294967296-1"] {
            #expect(Position(eventID: text) == nil, "\(text)")
        }
    }

    @Test func secretsOfCalendarsAreFoundByTheirHash() throws {
        let secret = CalendarSecret()
        #expect(secret.path == "/calendar/" + secret.fileName)
        #expect(secret.fileName.utf8.count == 43 + 4)
        let read = try #require(CalendarSecret(fileName: secret.fileName))
        #expect(read == secret)
        let bytes = try #require(Base64URL.decode(String(secret.fileName.dropLast(4))))
        #expect(read.hash == SHA256.hash(of: bytes))
        for name in [
            "", ".ics", "a.ics", String(secret.fileName.dropLast(4)), "x" + secret.fileName,
        ] {
            #expect(CalendarSecret(fileName: name) == nil, "\(name)")
        }
        #expect(CalendarSecret() != secret)
    }

    /// NIST's example.
    @Test func sha256IsTheStandardOne() {
        #expect(
            SHA256.hash(of: Array("abc".utf8)).hexadecimal
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
