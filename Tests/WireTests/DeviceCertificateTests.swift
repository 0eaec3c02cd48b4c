import Cryptography
import Model
import Testing
import Wire

@Suite struct DeviceCertificateTests {
    @Test(arguments: WireSamples.seeds(60))
    func certificateSurvivesTheWire(seed: UInt64) throws {
        var samples = WireSamples(seed: seed)
        let hub = samples.key()
        let certificate = samples.certificate(hub: hub)
        let signed = certificate.sign(with: hub)
        let received = try DeviceCertificate.Signed(encodedBytes: signed.encodedBytes)
        #expect(received == signed)
        #expect(try received.verify(hubKey: hub.publicKey) == certificate)
        #expect(certificate.device == DeviceID(certificate.key))
    }

    @Test func certificateOfAnotherHubIsRefused() {
        var samples = WireSamples(seed: 1)
        let (hub, other) = (samples.key(), samples.key())
        let signed = samples.certificate(hub: hub).sign(with: hub)
        #expect(reason { try signed.verify(hubKey: other.publicKey) } == .badSignature)
        let astray = samples.certificate(hub: hub).sign(with: other)
        #expect(reason { try astray.verify(hubKey: other.publicKey) } == .wrongProgramme)
    }

    @Test func everyTruncationAndFlippedBitIsNoticed() {
        var samples = WireSamples(seed: 2)
        let hub = samples.key()
        let bytes = samples.certificate(hub: hub).sign(with: hub).encodedBytes
        func isRefused(_ bytes: [UInt8]) -> Bool {
            guard let signed = try? DeviceCertificate.Signed(encodedBytes: bytes) else {
                return true
            }
            return (try? signed.verify(hubKey: hub.publicKey)) == nil
        }
        #expect(!isRefused(bytes))
        for count in 0..<bytes.count { #expect(isRefused(Array(bytes[..<count]))) }
        for mutated in mutations(of: bytes) { #expect(isRefused(mutated)) }
    }
}
