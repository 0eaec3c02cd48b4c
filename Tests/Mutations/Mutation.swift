import Glibc

/// Which deliberate bug of this folder is active; only in the copy of the sources that
/// `scripts/check-mutations` makes and throws away.
package enum Mutation {
    private static let active = getenv("MUTATION").map { String(cString: $0) }

    package static func isActive(_ name: String) -> Bool { active == name }
}
