import Testing

/// Words that have no place in the code, or only one.
@Suite struct WordTests {
    /// Nothing that must be remembered lives in a comment.
    @Test func nothingIsLeftForLater() throws {
        let words = ["TO" + "DO", "FIX" + "ME", "X" + "XX:"]
        for file in try SourceTree.files("Sources", "Tests", "protocol", "scripts", suffix: "") {
            for (index, line) in file.lines.enumerated() {
                // A calendar's task is called so by RFC 5545.
                let line = line.replacing("V" + words[0], with: "")
                for word in words {
                    #expect(!line.contains(word), "\(file.path):\(index + 1) has \(word)")
                }
            }
        }
    }

    /// This is an application: `package` where another module needs it.
    @Test func nothingIsPublic() throws {
        try expectNone(
            of: /(^|\s)(public|open)\s+\w|@_exported/, with: ["public ", "open ", "@_exported"],
            in: SourceTree.files("Sources", "Tests"))
    }

    @Test func errorsAreNotForcedAway() throws {
        try expectNone(of: /\btry!/, with: ["try!"], in: SourceTree.files("Sources", "Tests"))
    }

    /// Time and randomness are passed in; only the two root commands ask the machine.
    @Test func clocksAndChanceAreReadAtTheRootOnly() throws {
        let roots = ["Sources/SyncClient/SyncClient.swift", "Sources/SyncServer/SyncServer.swift"]
        try expectNone(
            of: /\bDate\(\)|\bDate\.now\b|\.random\(in|\bUUID\(\)|SystemRandomNumberGenerator/,
            with: ["Date", ".random(in", "UUID()", "SystemRandomNumberGenerator"],
            in: SourceTree.files("Sources").filter { !roots.contains($0.path) })
    }

    /// A test that sleeps passes or fails by luck.
    @Test func testsDoNotSleep() throws {
        try expectNone(
            of: /\b(sleep|usleep|nanosleep)\(/, with: ["sleep("], in: SourceTree.files("Tests"))
    }

    /// Whoever switches off the compiler's checks says beside it why that is sound.
    @Test func uncheckedConcurrencyIsExplained() throws {
        let unchecked = /@unchecked\s+Sendable|nonisolated\(unsafe\)|@preconcurrency/
        let words = ["@unchecked", "nonisolated(unsafe)", "@preconcurrency"]
        for file in try SourceTree.files("Sources", "Tests") {
            for (number, text) in file.code(with: words) where text.contains(unchecked) {
                let before = number > 1 ? file.lines[number - 2] : ""
                #expect(
                    before.drop(while: \.isWhitespace).hasPrefix("//"),
                    "\(file.path):\(number) has no comment on the line before")
            }
        }
    }

    /// A line must hold one of the words to be worth a closer look.
    private func expectNone(
        of pattern: Regex<some Any>, with words: [String], in files: [SourceFile]
    ) throws {
        for file in files {
            for (number, text) in file.code(with: words) {
                let isClean = !text.contains(pattern)
                #expect(isClean, "\(file.path):\(number) \(text)")
            }
        }
    }
}
