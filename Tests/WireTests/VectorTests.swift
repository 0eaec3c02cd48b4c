import Cryptography
import Model
import Testing

@testable import Wire

/// The examples in `protocol/vectors`, which other implementations are checked against.
@Suite struct VectorTests {
    private func key(_ seed: String) throws -> SigningKey {
        WireSamples.key(seed: try [UInt8](hex: seed))
    }

    private func publicKey(_ text: String) throws -> PublicKey {
        try #require(PublicKey(bytes: [UInt8](hex: text)))
    }

    private func programme(_ text: String) throws -> ProgrammeID {
        try #require(ProgrammeID(text: text))
    }

    private func refusal(_ body: () throws -> some Any) -> String {
        do {
            _ = try body()
            return "accepted"
        } catch let error as WireError {
            return "\(error.reason)"
        } catch let error as InvitationError {
            return "\(error.reason)"
        } catch {
            return "\(error)"
        }
    }

    @Test func sectionsHaveTheirBytes() throws {
        let vectors: Vectors.Sections = try Vectors.load("sections")
        for vector in vectors.sections {
            let bytes = SectionBytes(try [UInt8](hex: vector.bytes))
            let section = try vector.section()
            #expect(bytes.hash.text == vector.hash, "\(vector.name)")
            #expect(try bytes.open() == section, "\(vector.name)")
            #expect(SectionEncoder.encode(section).hexadecimal == vector.payload, "\(vector.name)")
            let sealed = SectionBytes.seal(section, salt: try [UInt8](hex: vector.salt))
            #expect(try sealed.open() == section, "\(vector.name)")
            // Other versions of zlib may compress in other ways.
            if !(try bytes.outline().isCompressed) {
                #expect(sealed == bytes, "\(vector.name)")
            }
        }
    }

    @Test func wrongSectionsAreRefused() throws {
        let vectors: Vectors.Sections = try Vectors.load("sections")
        #expect(!vectors.refused.isEmpty)
        for vector in vectors.refused {
            let bytes = SectionBytes(try [UInt8](hex: vector.bytes))
            #expect(refusal { try bytes.open() } == vector.reason, "\(vector.name)")
        }
    }

    @Test func identifiersHaveTheirBytes() throws {
        let vectors: Vectors.Batches = try Vectors.load("batches")
        for vector in vectors.records {
            let device = try #require(DeviceID(text: vector.device))
            let record = RecordID(device: device, counter: vector.counter)
            #expect(record.text == vector.bytes)
            #expect(RecordID(text: vector.bytes) == record)
        }
        for vector in vectors.keys {
            let key = try key(vector.secretSeed).publicKey
            #expect(key.description == vector.publicKey)
            #expect(DeviceID(key).text == vector.device)
            #expect(ProgrammeID(hubKey: key).text == vector.programme)
        }
    }

    @Test func certificatesHaveTheirBytes() throws {
        let vectors: Vectors.Batches = try Vectors.load("batches")
        for vector in vectors.certificates {
            let hub = try key(vector.hubSeed)
            let certificate = DeviceCertificate(
                programme: ProgrammeID(hubKey: hub.publicKey), key: try publicKey(vector.key),
                member: try #require(MemberID(text: vector.member)),
                role: Role(name: vector.role),
                validFrom: vector.validFrom.position,
                predecessor: try vector.predecessor.map { try #require(DeviceID(text: $0)) },
                predecessorLastSequence: vector.predecessorLastSequence)
            #expect(certificate.sign(with: hub).encodedBytes.hexadecimal == vector.bytes)
            let read = try DeviceCertificate.Signed(encodedBytes: [UInt8](hex: vector.bytes))
            #expect(try read.verify(hubKey: hub.publicKey) == certificate)
        }
    }

    @Test func batchesHaveTheirBytes() throws {
        let vectors: Vectors.Batches = try Vectors.load("batches")
        for vector in vectors.batches {
            let key = try key(vector.secretSeed)
            let batch = SealedBatch.seal(
                programme: try programme(vector.programme), sequence: vector.sequence,
                previous: try Digest(hex: vector.previous), context: vector.context.position,
                schemaVersion: vector.schemaVersion,
                sections: try vector.sections.map { SectionBytes(try [UInt8](hex: $0)) },
                key: key)
            #expect(batch.headerBytes.hexadecimal == vector.header, "\(vector.name)")
            #expect(batch.signature.description == vector.signature, "\(vector.name)")
            #expect(batch.id.text == vector.id, "\(vector.name)")
            #expect(batch.encodedBytes.hexadecimal == vector.bytes, "\(vector.name)")
            let verified = try VerifiedBatch.verify(
                SealedBatch(encodedBytes: [UInt8](hex: vector.bytes)), key: key.publicKey,
                programme: programme(vector.programme), isWhole: true)
            #expect(verified.batch == batch, "\(vector.name)")
        }
    }

    @Test func wrongBatchesAreRefused() throws {
        let vectors: Vectors.Batches = try Vectors.load("batches")
        #expect(!vectors.refused.isEmpty)
        for vector in vectors.refused {
            let (key, programme) = (
                try publicKey(vector.key), try programme(vector.programme)
            )
            let bytes = try [UInt8](hex: vector.bytes)
            let reason = refusal {
                try VerifiedBatch.verify(
                    SealedBatch(encodedBytes: bytes), key: key, programme: programme,
                    isWhole: vector.isWhole)
            }
            #expect(reason == vector.reason, "\(vector.name)")
        }
    }

    @Test func admissionsHaveTheirBytes() throws {
        let vectors: Vectors.Admissions = try Vectors.load("admissions")
        for vector in vectors.admissions {
            let hub = try key(vector.hubSeed)
            let sections = try vector.sections.map { section in
                SectionAdmission(
                    section: try Digest(hex: section.section),
                    floor: EffectiveTime(milliseconds: section.floor),
                    refusals: section.refusals.map {
                        SectionAdmission.Refusal(
                            ordinal: $0.ordinal, reason: RefusalReason(rawValue: $0.reason))
                    })
            }
            for (section, vector) in zip(sections, vector.sections) {
                #expect(section.encodedBytes.hexadecimal == vector.bytes)
                let hash = Digest.of(section.encodedBytes, domain: .sectionAdmission)
                #expect(hash.text == vector.hash)
            }
            let admission = Admission(
                batch: try Digest(hex: vector.batch), position: vector.position.position,
                receipt: HubTime(milliseconds: vector.receipt), sections: sections)
            let signed = SignedAdmission.sign(admission, key: hub)
            #expect(signed.coreBytes.hexadecimal == vector.core, "\(vector.name)")
            #expect(signed.signature.description == vector.signature, "\(vector.name)")
            #expect(signed.encodedBytes.hexadecimal == vector.bytes, "\(vector.name)")
            let read = try SignedAdmission(encodedBytes: [UInt8](hex: vector.bytes))
            #expect(try read.verify(hubKey: hub.publicKey, isWhole: true) == admission)
        }
    }

    @Test func wrongAdmissionsAreRefused() throws {
        let vectors: Vectors.Admissions = try Vectors.load("admissions")
        #expect(!vectors.refused.isEmpty)
        for vector in vectors.refused {
            let hubKey = try publicKey(vector.hubKey)
            let bytes = try [UInt8](hex: vector.bytes)
            let reason = refusal {
                try SignedAdmission(encodedBytes: bytes)
                    .verify(hubKey: hubKey, isWhole: vector.isWhole)
            }
            #expect(reason == vector.reason, "\(vector.name)")
        }
    }

    @Test func invitationsHaveTheirText() throws {
        let vectors: Vectors.Invitations = try Vectors.load("invitations")
        for vector in vectors.invitations {
            let purpose: InvitationToken.Purpose =
                if let role = vector.role {
                    .join(try #require(Role(name: role)))
                } else {
                    .link(try #require(MemberID(text: vector.member ?? "")))
                }
            let made = try InvitationToken.make(
                invitation: try #require(RecordID(text: vector.invitation)), purpose: purpose,
                email: vector.email, name: vector.memberName,
                issuedAtMilliseconds: vector.issuedAt, notBeforeMilliseconds: vector.notBefore,
                expiresAtMilliseconds: vector.expiresAt,
                hubKey: try key(vector.hubSeed).publicKey, hubURL: vector.url,
                pin: try vector.pin.map { try [UInt8](hex: $0) },
                programmeName: vector.programmeName,
                certificate: try vector.certificate.map {
                    try DeviceCertificate.Signed(encodedBytes: [UInt8](hex: $0))
                },
                issuerKey: try key(vector.issuerSeed), bearer: try key(vector.bearerSeed))
            let payload = try PasetoV4Public.decodeUnverified(made.token.token).payload
            #expect(String(decoding: payload, as: UTF8.self) == vector.payload)
            #expect(made.text == vector.text, "\(vector.name)")
            #expect(try InvitationToken.read(vector.text).invitation == made.token)
        }
    }

    @Test func wrongInvitationsAreRefused() throws {
        let vectors: Vectors.Invitations = try Vectors.load("invitations")
        #expect(!vectors.refused.isEmpty)
        for vector in vectors.refused {
            let reason = refusal { try InvitationToken.read(vector.text) }
            #expect(reason == vector.reason, "\(vector.name)")
        }
    }

    @Test func redemptionsHaveTheirBytes() throws {
        let vectors: Vectors.Invitations = try Vectors.load("invitations")
        for vector in vectors.redemptions {
            let device = try key(vector.deviceSeed)
            let request = RedeemRequest.make(
                token: vector.token, bearer: try key(vector.bearerSeed), device: device,
                deviceName: vector.deviceName)
            #expect(request.proof.description == vector.proof)
            #expect(request.sealed(by: device).encodedBytes.hexadecimal == vector.bytes)
            let envelope = try Envelope(encodedBytes: [UInt8](hex: vector.bytes))
            #expect(try RedeemRequest.open(envelope) == request)
        }
    }

    @Test func statesHaveTheirBytesInAnyOrder() throws {
        let vectors: Vectors.States = try Vectors.load("states")
        for vector in vectors.states {
            let changes = try vector.changes.map { try $0.placed() }
            let record = try #require(RecordID(text: vector.record))
            for order in [changes, changes.reversed(), changes + changes] {
                let first = try #require(order.first)
                var record = RecordWithTexts(entity: first.change.entity)
                for change in order { record.admit(change) }
                let state = record.state
                #expect(state.canonicalBytes.hexadecimal == vector.canonical, "\(vector.name)")
            }
            let canonical = try [UInt8](hex: vector.canonical)
            let hash = Digest.of(
                record.bytes + canonical, domain: HashDomain("waymark record state v1"))
            #expect(hash.text == vector.hash, "\(vector.name)")
        }
    }
}
