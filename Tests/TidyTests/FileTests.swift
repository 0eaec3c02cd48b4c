import Testing

/// Files that a newcomer finds by their names and reads in one go.
@Suite struct FileTests {
    private static let lineCountMax = 400

    /// If code has no home, it has no name yet.
    private static let namesOfNothing: Set<String> = [
        "Utils", "Utilities", "Util", "Helpers", "Helper", "Common", "Core", "Misc",
    ]

    @Test func filesAreShort() throws {
        for file in try SourceTree.files("Sources", "Tests") {
            #expect(
                file.lines.count <= Self.lineCountMax,
                "\(file.path) has \(file.lines.count) lines; split it by topic")
        }
    }

    @Test func filesAndFoldersHaveNamesThatSaySomething() throws {
        for file in try SourceTree.files("Sources", "Tests", suffix: "") {
            #expect(Self.namesOfNothing.isDisjoint(with: file.names), "\(file.path)")
            #expect(!file.path.contains(" "), "\(file.path) has a space in its name")
        }
    }

    @Test func filesEndWithALineEnd() throws {
        for file in try SourceTree.files("Sources", "Tests", "protocol", "scripts", suffix: "") {
            #expect(file.lines.last?.isEmpty == false, "\(file.path)")
        }
    }
}
