import Model

/// Checks of sizes and counts, made before the work that they bound.
enum Limit {
    static func bytes(_ count: Int, atMost most: Int, _ subject: String) throws(WireError) {
        guard count <= most else {
            throw WireError(.tooLarge, "The \(subject) has \(count) bytes; \(most) are allowed.")
        }
    }

    static func count(_ count: Int, in allowed: ClosedRange<Int>, _ subject: String)
        throws(WireError)
    {
        guard count >= allowed.lowerBound else {
            throw WireError(.malformed, "There are too few \(subject).")
        }
        guard count <= allowed.upperBound else {
            throw WireError(
                .tooMany, "There are \(count) \(subject); \(allowed.upperBound) are allowed.")
        }
    }

    static func version(_ version: UInt32, supported: UInt32, _ subject: String)
        throws(WireError)
    {
        guard version == supported else {
            throw WireError(
                .unsupportedVersion(version), "The \(subject) has the unknown version \(version).")
        }
    }
}
