package import Cryptography
package import Model
import Wire

/// Who a replica is: its member and device, and the programme it belongs to.
package struct Identity: Sendable {
    package let member: MemberID
    package let device: DeviceID
    package let deviceName: String
    /// The role from the invitation; the profile's role counts once the hub has written it.
    package let role: Role
    package let email: String
    package let programme: ProgrammeID
    package let programmeName: String
    package let hubKey: PublicKey
    package let hubURL: String
    /// Opaque pin of the hub's TLS key; nil where a certificate authority vouches for it.
    package let tlsPin: [UInt8]?
    /// Whether the hub has redeemed the invitation.
    package let isRedeemed: Bool

    /// A member as the hub itself knows them, who is on none of their devices.
    init(
        member: MemberID, role: Role, programme: ProgrammeID, programmeName: String,
        hubKey: PublicKey
    ) {
        self.member = member
        device = DeviceID(hubKey)
        deviceName = ""
        self.role = role
        email = ""
        self.programme = programme
        self.programmeName = programmeName
        self.hubKey = hubKey
        hubURL = ""
        tlsPin = nil
        isRedeemed = true
    }

    /// Reads the identity from a replica's `meta` table.
    init(_ meta: Meta) throws {
        guard let stored = try Identity(stored: meta) else { throw ReplicaError(.damaged, "meta") }
        self = stored
    }

    /// The same; nil if the table does not say.
    init?(stored meta: Meta) throws {
        guard let member = try meta.bytes(.member).flatMap({ MemberID(bytes: $0) }),
            let device = try meta.integer(.device).map({ DeviceID(column: $0) }),
            let role = try meta.integer(.role).flatMap(Role.init(rawValue:)),
            let programme = try meta.bytes(.programme).flatMap({ ProgrammeID(bytes: $0) }),
            let hubKey = try meta.bytes(.hubKey).flatMap({ PublicKey(bytes: $0) })
        else { return nil }
        self.member = member
        self.device = device
        self.role = role
        self.programme = programme
        self.hubKey = hubKey
        deviceName = try meta.text(.deviceName) ?? ""
        email = try meta.text(.email) ?? ""
        programmeName = try meta.text(.programmeName) ?? ""
        hubURL = try meta.text(.hubURL) ?? ""
        tlsPin = try meta.bytes(.tlsPin)
        isRedeemed = try meta.bytes(.certificate) != nil
    }
}
