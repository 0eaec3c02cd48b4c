import CSodium

/// Bytes that must not leak: kept in locked, guarded memory, overwritten when the last reference
/// goes, compared in constant time and never printed.
///
/// Each value takes at least four memory pages, so keep keys in it, not messages.
package final class SecretBytes: Sendable {
    package let count: Int
    // Pointers are not Sendable because what they point to may change. Here it cannot: the memory
    // is written in `init`, before anybody else has the reference, then made read-only.
    nonisolated(unsafe) private let start: UnsafeMutablePointer<UInt8>

    /// Allocates `count` zero bytes and lets `fill` write them. Returns what `fill` leaves.
    init<Failure: Error>(
        count: Int, fill: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        Sodium.start()
        guard let memory = sodium_malloc(count) else {
            preconditionFailure("There is no memory left for a secret of \(count) bytes.")
        }
        self.count = count
        start = memory.bindMemory(to: UInt8.self, capacity: count)
        // libsodium fills new memory with a pattern; zeroes are easier to reason about.
        start.update(repeating: 0, count: count)
        try fill(UnsafeMutableBufferPointer(start: start, count: count))
        sodium_mprotect_readonly(start)
    }

    /// Copies `bytes`. The array itself stays in ordinary memory; prefer `init(wiping:)`.
    package convenience init(_ bytes: [UInt8]) {
        self.init(count: bytes.count) { buffer in
            _ = buffer.update(fromContentsOf: bytes)
        }
    }

    /// Copies `bytes` and overwrites them with zeroes. Other copies of the array are not reached.
    package convenience init(wiping bytes: inout [UInt8]) {
        self.init(bytes)
        sodium_memzero(&bytes, bytes.count)
    }

    /// Returns `count` new random bytes that were never in ordinary memory.
    package static func random(count: Int) -> SecretBytes {
        SecretBytes(count: count) { buffer in
            randombytes_buf(buffer.address, buffer.count)
        }
    }

    deinit {
        // Makes the memory writable, overwrites it with zeroes and gives it back.
        sodium_free(start)
    }

    /// Gives `body` the bytes to read. The pointer is valid only inside `body`.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeBufferPointer(start: start, count: count))
    }
}

extension SecretBytes: Equatable {
    /// Compares in a time that depends on the lengths only.
    package static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        left.count == right.count && sodium_memcmp(left.start, right.start, left.count) == 0
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<secret>" }
    package var debugDescription: String { "<secret>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
