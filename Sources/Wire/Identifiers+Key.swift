package import Cryptography
package import Model

extension DeviceID {
    /// The id that belongs to a device's key: the first eight bytes of the key's hash.
    package init(_ key: PublicKey) {
        let hash = ContentHash.of(key.bytes, domain: .device)
        guard let device = DeviceID(bytes: hash.bytes.prefix(8)) else {
            preconditionFailure("A hash has more than eight bytes.")
        }
        self = device
    }
}

extension ProgrammeID {
    /// The id of the programme whose hub has this key: the first sixteen bytes of the key's hash.
    package init(hubKey: PublicKey) {
        let hash = ContentHash.of(hubKey.bytes, domain: .programme)
        guard let programme = ProgrammeID(bytes: hash.bytes.prefix(16)) else {
            preconditionFailure("A hash has more than sixteen bytes.")
        }
        self = programme
    }
}
