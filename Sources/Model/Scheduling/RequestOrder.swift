/// In which order the requests for a slot are ruled on that have gathered until it is decided.
package enum RequestOrder: Int64, NamedCase, Sendable {
    /// Who asked first, by effective time.
    case earliest = 1
    /// Whoever had the fewest meetings, then who asked first: people who are rarely online have a
    /// fair chance.
    case leastServed = 2

    package var name: String {
        switch self {
        case .earliest: "earliest"
        case .leastServed: "least-served"
        }
    }
}
