import ArgumentParser

/// Finds the word of a command line that should name a command and does not.
///
/// The argument parser reads such a word as a value too many and then complains about the first
/// option behind it. The command line of members does the same; the two programs share no module
/// that knows the argument parser.
enum CommandNames {
    /// A name differs from what was typed by no more than so many letters to be worth a question.
    private static let distanceMax = 2
    private static let suggestionsMax = 3

    /// Follows the words from the root command down to the one that is meant.
    ///
    /// - Throws: ``HubError`` for the first word that names no command; also behind `help`.
    static func check(_ words: [String], in root: any ParsableCommand.Type) throws {
        var command = root
        var path = root._commandName
        for word in words.first == "help" ? words.dropFirst() : words[...] {
            let known = command.configuration.subcommands
            guard !known.isEmpty, !word.hasPrefix("-") else { return }
            guard let next = known.first(where: { $0._commandName == word }) else {
                throw unknown(word, after: path, known: known.map { $0._commandName })
            }
            command = next
            path += " " + word
        }
    }

    private static func unknown(
        _ word: String, after path: String, known: [String]
    ) -> HubError {
        let near = nearest(to: word, among: known).map { "\(path) \($0)" }
        let all = "See all commands with \(path) --help."
        return HubError(
            .usage, "\"\(word.prefix(40))\" is not a command of \(path).",
            hint: near.isEmpty
                ? all : "Did you mean: \(near.joined(separator: ", or "))? \(all)")
    }

    /// The names that begin with the word or are hardly different, the nearest first.
    static func nearest(to word: String, among names: [String]) -> [String] {
        let word = word.lowercased()
        return names.map { (name: $0, distance: word.isEmpty ? .max : distance(word, $0)) }
            .filter { candidate in
                candidate.distance <= min(distanceMax, candidate.name.count - 2)
                    || word.count > 1 && candidate.name.hasPrefix(word)
            }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
            .prefix(suggestionsMax).map(\.name)
    }

    /// How many letters must be added, left out, replaced or swapped with their neighbour.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var rows = [Array(0...right.count)]
        for (index, letter) in left.enumerated() {
            let above = rows[index]
            var row = [index + 1]
            for (column, other) in right.enumerated() {
                var least = min(
                    above[column + 1] + 1, row[column] + 1,
                    above[column] + (letter == other ? 0 : 1))
                if index > 0, column > 0, letter == right[column - 1], left[index - 1] == other {
                    least = min(least, rows[index - 1][column - 1] + 1)
                }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
