/// A reader of bytes that come from outside, and what must hold whatever these are: it ends, it
/// refuses or accepts, and what it accepted is the same after writing and reading it again.
package struct Decoder: Sendable {
    package let name: String
    /// Reads; a refusal is thrown, and a broken property ends the process.
    private let read: @Sendable ([UInt8]) throws -> Void
    /// Inputs to start from.
    package let seeds: @Sendable (Vectors) throws -> [[UInt8]]
    /// Longer inputs would only repeat what shorter ones do.
    package let byteCountMax: Int

    init(
        _ name: String, byteCountMax: Int = 8192,
        seeds: @escaping @Sendable (Vectors) throws -> [[UInt8]],
        read: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.name = name
        self.read = read
        self.seeds = seeds
        self.byteCountMax = byteCountMax
    }

    /// Reads once.
    package func run(_ bytes: [UInt8]) {
        // Refusals are what most inputs deserve.
        try? read(bytes)
    }

    package static let all =
        batches + messages + carried + erasures + invitations + texts + typed + calendars + http
}

/// Reads what was just written; a refusal is a fault of the writer.
func again<Value: Equatable>(
    _ value: Value, _ read: () throws -> Value, _ what: StaticString = "value"
) {
    guard let second = try? read() else { fatalError("A written \(what) is not read again.") }
    precondition(second == value, "A \(what) is another one after writing and reading it.")
}
