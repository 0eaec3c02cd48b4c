import Cryptography
import Foundation
import Model
import Testing

@testable import Wire

/// `protocol/vectors/bundles.json`.
@Suite struct BundleVectorTests {
    struct File: Codable {
        var about: String
        var parcels: [ParcelVector]
        var refused: [Vectors.Refused]
        var nonces: [NonceVector]
    }

    struct ParcelVector: Codable {
        var name: String
        var bytes: String
        /// Seed of the Ed25519 key of a recipient.
        var seed: String
        var programme: String
        var id: String
        var isForHub: Bool
        /// Devices that it is for.
        var devices: [String]
        /// What is in it, encoded.
        var parts: [String]
        var isWhole: Bool
    }

    struct NonceVector: Codable {
        struct Cursor: Codable {
            var scope: String
            var position: Vectors.Place
        }

        var seed: String
        var programme: String
        var position: Vectors.Place
        var digest: String
        var catchingUp: [Cursor]
        var nonce: String
    }

    private let file: File

    init() throws { file = try Vectors.load("bundles") }

    @Test func parcelsSayWhatTheySay() throws {
        #expect(!file.parcels.isEmpty)
        for vector in file.parcels {
            let parcel = try Parcel(encodedBytes: [UInt8](hex: vector.bytes))
            let key = WireSamples.key(seed: try [UInt8](hex: vector.seed))
            let contents = try #require(parcel.open(with: SealingKey(key)), "\(vector.name)")
            #expect(parcel.id.text == vector.id, "\(vector.name)")
            #expect(parcel.head.programme.text == vector.programme, "\(vector.name)")
            #expect(parcel.head.isForHub == vector.isForHub, "\(vector.name)")
            #expect(parcel.head.tags.count == vector.devices.count, "\(vector.name)")
            for device in vector.devices {
                let id = try #require(DeviceID(bytes: [UInt8](hex: device)))
                #expect(parcel.head.isFor(id), "\(vector.name)")
            }
            #expect(contents.parts.map(\.encodedBytes.hexadecimal) == vector.parts)
            #expect(contents.isWhole == vector.isWhole, "\(vector.name)")
        }
    }

    @Test func wrongParcelsAreRefused() throws {
        #expect(!file.refused.isEmpty)
        for vector in file.refused {
            do {
                _ = try Parcel(encodedBytes: [UInt8](hex: vector.bytes))
                Issue.record("\(vector.name) is accepted")
            } catch let error as WireError {
                #expect("\(error.reason)" == vector.reason, "\(vector.name)")
            }
        }
    }

    @Test func noncesFollowFromWhereADeviceStands() throws {
        #expect(!file.nonces.isEmpty)
        for vector in file.nonces {
            let key = WireSamples.key(seed: try [UInt8](hex: vector.seed))
            let request = SyncRequest(
                programme: try #require(ProgrammeID(text: vector.programme)),
                device: DeviceID(key.publicKey), nonce: [], position: vector.position.position,
                digest: try #require(Digest(bytes: [UInt8](hex: vector.digest))),
                catchingUp: try vector.catchingUp.map {
                    ScopeCursor(
                        scope: try #require(Scope(bytes: [UInt8](hex: $0.scope))),
                        position: $0.position.position)
                })
            #expect(BundleNonce.of(request, key: key).hexadecimal == vector.nonce)
        }
    }
}
