/// How much work it takes to try one passphrase. Stored beside what the passphrase protects, so
/// that the cost can rise later without locking anybody out.
package struct PassphraseCost: Hashable, Sendable {
    /// Bounds for values read from a file: a damaged one must not ask for hours or all memory.
    package static let operationsBounds = 1...16
    package static let memoryBytesBounds = 8_192...1_073_741_824

    /// 2 passes over 64 MiB: about a tenth of a second. For what is typed often.
    package static let interactive = PassphraseCost(
        checkedOperations: 2, memoryBytes: 67_108_864)
    /// 3 passes over 256 MiB: less than a second on a laptop. For key files.
    package static let moderate = PassphraseCost(
        checkedOperations: 3, memoryBytes: 268_435_456)

    /// The number of passes over the memory.
    package let operations: Int
    package let memoryBytes: Int

    /// Takes over stored parameters, within the bounds above.
    package init(operations: Int, memoryBytes: Int) throws(CryptographyError) {
        guard Self.operationsBounds.contains(operations),
            Self.memoryBytesBounds.contains(memoryBytes)
        else {
            throw CryptographyError(.costOutOfBounds, subject: "passphrase key")
        }
        self.init(checkedOperations: operations, memoryBytes: memoryBytes)
    }

    private init(checkedOperations operations: Int, memoryBytes: Int) {
        self.operations = operations
        self.memoryBytes = memoryBytes
    }
}
