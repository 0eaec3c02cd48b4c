import Cryptography
import Model
import Wire

/// Random values of everything that goes over the wire, from a seed.
struct WireSamples {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// Seeds for parametrised tests.
    static func seeds(_ count: Int) -> [UInt64] { (1...UInt64(count)).map { $0 &* 0x9E37 } }

    // MARK: Numbers

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// A number of any size, small ones as often as large ones.
    mutating func number() -> UInt64 { next() >> UInt64(below(64)) }

    mutating func signed() -> Int64 {
        let number = Int64(bitPattern: number())
        return below(2) == 0 ? number : 0 &- number
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    // MARK: Identifiers

    mutating func device() -> DeviceID { DeviceID(rawValue: next()) }

    mutating func record() -> RecordID { RecordID(device: device(), counter: number()) }

    mutating func member() -> MemberID { MemberID(record()) }

    mutating func position() -> Position {
        Position(epoch: UInt32(below(4)), number: number() / 2)
    }

    mutating func digest() -> Digest { Digest.of(bytes(8), domain: Self.domain) }

    mutating func programme() -> ProgrammeID { ProgrammeID(hubKey: key().publicKey) }

    mutating func key() -> SigningKey { Self.key(seed: bytes(32)) }

    mutating func scope() -> Scope {
        switch Scope.Kind.allCases[below(Scope.Kind.allCases.count)] {
        case .programme: .programme
        case .slots: .slots(of: member())
        case .participant: .participant(member())
        case .pair: .pair(mentor: member(), participant: member())
        case .own: .own(member())
        case .contact: .contact(of: member())
        case .invitations: .invitations(by: member())
        }
    }

    static func key(seed: [UInt8]) -> SigningKey {
        guard let key = try? SigningKey(seed: SecretBytes(seed)) else {
            preconditionFailure("A seed has 32 bytes.")
        }
        return key
    }

    private static let domain = HashDomain("waymark test v1")

    // MARK: Changes

    mutating func text() -> String {
        let alphabet = Array("abc déf ☃ 0123 ~\n\"👩‍🏫")
        return String((0..<below(24)).map { _ in alphabet[below(alphabet.count)] })
    }

    mutating func value(depth: Int = 0) -> Value {
        switch below(depth < Limits.valueDepthMax ? 6 : 5) {
        case 0: .null
        case 1: .text(text())
        case 2: .integer(signed())
        case 3: .bytes(bytes(below(20)))
        case 4: .reference(record())
        default: .list((0..<below(4)).map { _ in value(depth: depth + 1) })
        }
    }

    mutating func operation() -> Change.Operation {
        switch below(12) {
        case 0: .create
        case 1: .delete
        case 2: .restore
        case 3: .leave
        case 4, 5: .set(value())
        case 6: .add(value())
        case 7: .remove(value())
        case 8: .contribute(signed())
        case 9: .erase
        case 10: .erased
        case 11: .splice(bytes(below(10)))
        default: .opaque(code: UInt8(12 + below(116)), operand: bytes(below(10)))
        }
    }

    mutating func changeSet(ordinal: UInt32, devices: [DeviceID]) -> ChangeSet {
        var changes: [Change] = []
        for _ in 0...below(4) {
            let record = RecordID(device: devices[below(devices.count)], counter: number())
            let entity = EntityID(UInt32(truncatingIfNeeded: number()))
            for _ in 0...below(3) {
                changes.append(
                    Change(
                        record: record, entity: entity,
                        field: FieldID(UInt32(truncatingIfNeeded: number())),
                        operation: operation()))
            }
        }
        return ChangeSet(
            ordinal: ordinal, action: number(), claimed: ClaimedTime(milliseconds: signed()),
            changes: changes)
    }

    mutating func section(scope: Scope? = nil) -> Section {
        let devices = (0...below(3)).map { _ in device() }
        var ordinal = UInt32(below(3))
        var changeSets: [ChangeSet] = []
        for _ in 0...below(5) {
            changeSets.append(changeSet(ordinal: ordinal, devices: devices))
            ordinal += UInt32(1 + below(3))
        }
        let beyond = (0..<below(3))
            .map { _ in DeviceNumber(device: device(), number: max(1, number())) }
            .sorted { $0.device < $1.device }
        return Section(
            scope: scope ?? self.scope(), firstNumber: 1 + number() / 2, beyond: beyond,
            changeSets: changeSets)
    }

    mutating func sectionBytes() -> SectionBytes {
        SectionBytes.seal(section(), salt: bytes(16))
    }

    // MARK: Signed things

    mutating func batch(
        programme: ProgrammeID, key: SigningKey, sections: Int = 3
    ) -> SealedBatch {
        let isFirst = below(3) == 0
        return SealedBatch.seal(
            programme: programme, sequence: isFirst ? 1 : 2 + number() / 4,
            previous: isFirst ? .zero : digest(), context: position(), schemaVersion: 1,
            sections: (0..<sections).map { _ in sectionBytes() }, key: key)
    }

    mutating func admission(of batch: SealedBatch) -> Admission {
        Admission(
            batch: batch.id, position: position(), receipt: HubTime(milliseconds: signed()),
            sections: batch.sections.map(\.hash).map { hash in
                SectionAdmission(
                    section: hash, floor: EffectiveTime(milliseconds: signed()),
                    refusals: (0..<UInt32(below(3))).map {
                        SectionAdmission.Refusal(
                            ordinal: 3 * $0,
                            reason: RefusalReason(rawValue: UInt32(below(20))))
                    })
            }.sorted { $0.section < $1.section })
    }

    mutating func certificate(hub: SigningKey, role: Role? = nil) -> DeviceCertificate {
        let replaces = below(2) == 0
        return DeviceCertificate(
            programme: ProgrammeID(hubKey: hub.publicKey), key: key().publicKey,
            member: member(), role: role ?? Role.allCases[below(3)], validFrom: position(),
            predecessor: replaces ? device() : nil,
            predecessorLastSequence: replaces ? number() : 0)
    }
}
