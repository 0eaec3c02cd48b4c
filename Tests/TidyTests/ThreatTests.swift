import Testing

/// What `protocol/threats.md` says of tests is true as far as names go.
@Suite struct ThreatTests {
    private static func page() throws -> SourceFile {
        try #require(try SourceTree.files("protocol", suffix: "threats.md").first)
    }

    @Test func everyTestThatIsNamedExists() throws {
        let files = try SourceTree.files("Tests")
        let named = try Self.page().text.matches(of: /`(?<suite>\w+Tests)\.(?<function>\w+)`/)
        #expect(named.count > 50)
        for name in named {
            let (suite, function) = (name.output.suite, name.output.function)
            #expect(
                files.contains {
                    ($0.text.contains("struct \(suite) ")
                        || $0.text.contains("extension \(suite) "))
                        && $0.text.contains("func \(function)(")
                }, "\(suite).\(function)")
        }
    }

    /// A threat that something stops has a test that shows it.
    @Test func everyRowNamesATest() throws {
        for line in try Self.page().lines where line.hasPrefix("| ") && !line.hasPrefix("| ---") {
            let cells = line.split(separator: "|").map { $0.filter { !$0.isWhitespace } }
            guard cells.first != "attempt" else { continue }
            #expect(cells.last?.contains("Tests.") == true, "\(line)")
        }
    }
}
