import CSodium

/// The one place that starts libsodium and compares bytes in constant time.
enum Sodium {
    /// Lazy, so that it runs once however many threads arrive first.
    private static let isStarted: Bool = sodium_init() >= 0

    /// Starts libsodium if it is not started yet. Without a source of randomness no key could be
    /// trusted, and there is nothing a caller could do about it, so failure ends the process.
    static func start() {
        precondition(isStarted, "libsodium could not be started.")
    }

    /// Tells whether two byte strings are equal; the time taken depends on their lengths only.
    static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && sodium_memcmp(left, right, left.count) == 0
    }
}

extension UnsafeBufferPointer {
    /// The address that C functions want. Only an empty buffer may have none.
    var address: UnsafePointer<Element> {
        guard let baseAddress else { preconditionFailure("An empty buffer has no address.") }
        return baseAddress
    }
}

extension UnsafeMutableBufferPointer {
    /// The address that C functions want. Only an empty buffer may have none.
    var address: UnsafeMutablePointer<Element> {
        guard let baseAddress else { preconditionFailure("An empty buffer has no address.") }
        return baseAddress
    }
}
