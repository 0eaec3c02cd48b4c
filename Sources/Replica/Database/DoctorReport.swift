/// What a check of a replica found.
package struct DoctorReport: Sendable {
    package private(set) var faults: [Fault] = []
    package var batchCount = 0
    package var changeCount = 0
    /// Scopes whose log lacks what lies behind a snapshot; their rows were compared with their
    /// bookkeeping only.
    package var scopesWithoutHistory = 0

    /// Faults of one kind that are named; a damaged table would fill the screen otherwise.
    private static let namedMax = 10
    private var countByKind: [Fault.Kind: Int] = [:]

    package init() {}

    package struct Fault: Hashable, Sendable {
        package let kind: Kind
        /// What it concerns: a path, an id, a table. Never content.
        package let subject: String

        package var sentence: String { kind.sentence }

        package enum Kind: String, CaseIterable, Sendable {
            case file, key, certificate, batch, ownChain, admission, section, scopeChain
            case stateHash, table, conflicts, search

            /// Whether making the tables anew from the log mends it, or makes the next sync do so.
            package var isMendedByRebuilding: Bool {
                switch self {
                case .scopeChain, .stateHash, .table, .conflicts, .search: true
                case .file, .key, .certificate, .batch, .ownChain, .admission, .section: false
                }
            }

            var sentence: String {
                switch self {
                case .file: "The file is damaged."
                case .key: "The device's key is missing or is not the replica's."
                case .certificate: "A device's key is not certified by the hub."
                case .batch: "A batch is not what its author signed."
                case .ownChain: "This device's own batches do not follow one another."
                case .admission: "A decision of the hub is not what the hub signed."
                case .section: "A section of a batch is damaged or does not belong to it."
                case .scopeChain: "The chain over a scope's entries is not that of its log."
                case .stateHash: "The hash over a scope's records is not that of its log."
                case .table: "A row is not what the log says."
                case .conflicts: "The list of conflicts is not what the log says."
                case .search: "The search index does not fit the journal."
                }
            }
        }
    }

    /// Notes a fault; of each kind only the first few are kept.
    package mutating func note(_ kind: Fault.Kind, _ subject: String) {
        countByKind[kind, default: 0] += 1
        guard countByKind[kind, default: 0] <= Self.namedMax else { return }
        faults.append(Fault(kind: kind, subject: subject))
    }
}
