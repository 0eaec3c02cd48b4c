/// Reads the tags of entries.
enum JournalTags {
    /// Returns each tag once, in the order given.
    static func parse(_ arguments: [String], in context: CommandContext) throws -> [String] {
        distinct(try arguments.map { try context.shortText($0, "tag") })
    }

    static func distinct(_ tags: [String]) -> [String] {
        var seen: Set<String> = []
        return tags.filter { seen.insert($0).inserted }
    }
}
