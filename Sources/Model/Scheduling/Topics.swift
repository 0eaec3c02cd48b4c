/// What people meet about, however each of them writes it.
package enum Topics {
    /// Returns what two ways of writing one topic have in common: letters without regard to case
    /// (Unicode's full mapping to lower case), and one space where there are several.
    package static func key(of name: String) -> String {
        name.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
