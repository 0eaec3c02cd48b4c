/// Names a programme and its hub: the first sixteen bytes of the hash of the hub's public key.
package struct ProgrammeID: Hashable, Sendable {
    package let bytes: [UInt8]

    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    package init?(text: String) {
        guard let bytes = [UInt8](hexadecimal: text) else { return nil }
        self.init(bytes: bytes)
    }

    package var text: String { bytes.hexadecimal }
}
