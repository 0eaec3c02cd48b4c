import ArgumentParser
import Model

/// Something that a person can do, and how well: `joinery` or `joinery=4`, from 1 to 5.
struct Skill: ExpressibleByArgument, Hashable, Sendable {
    static let levels: ClosedRange<Int64> = 1...5

    let name: String
    /// Nil where it was not said.
    let level: Int64?

    /// Reads what somebody types, or what a profile holds.
    init?(argument: String) {
        let text = TerminalText.flattened(argument)
        var (name, level) = (text, Int64?.none)
        if let sign = text.lastIndex(of: "=") {
            let points = TerminalText.flattened(String(text[text.index(after: sign)...]))
            guard let points = Digits.value(points),
                Self.levels.contains(Int64(points))
            else { return nil }
            name = TerminalText.flattened(String(text[..<sign]))
            level = Int64(points)
        }
        guard !name.isEmpty, text.utf8.count <= Limits.shortTextBytesMax else { return nil }
        self.name = name
        self.level = level
    }

    /// As a profile holds it.
    var stored: String { level.map { "\(name)=\($0)" } ?? name }

    /// For people.
    var text: String { level.map { "\(name) (\($0) of \(Self.levels.upperBound))" } ?? name }

    var json: JSONValue { ["name": .string(name), "level": JSONValue(level)] }

    /// What a profile says: each skill once, with the highest level that was given, by name.
    static func all(in stored: [String]) -> [Skill] {
        var best: [String: Skill] = [:]
        for text in stored {
            // Another program may have written something else.
            guard let skill = Skill(argument: text) else { continue }
            let key = skill.name.lowercased()
            if let known = best[key], known.level ?? 0 >= skill.level ?? 0 { continue }
            best[key] = skill
        }
        return best.sorted { $0.key < $1.key }.map(\.value)
    }
}
