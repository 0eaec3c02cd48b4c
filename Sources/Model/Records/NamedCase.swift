/// Cases that have words of their own in commands, JSON and tokens.
package protocol NamedCase: CaseIterable {
    /// The word; no two cases have the same.
    var name: String { get }
}

extension NamedCase {
    /// The case with this word; nil if none has it.
    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}
