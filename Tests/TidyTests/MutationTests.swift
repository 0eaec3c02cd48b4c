import Testing

/// The deliberate bugs fit the sources that are here, so that `scripts/check-mutations` can look for
/// them; whether each is found, only the simulator tells.
@Suite struct MutationTests {
    private struct Misfit: Error {}

    /// Bugs in the same file stand beside one another, as the script applies them.
    @Test func everyPatchApplies() throws {
        let patches = try SourceTree.files("Tests/Mutations", suffix: ".patch")
        #expect(patches.count >= 20)
        var files: [String: [Substring]] = [:]
        for patch in patches {
            do {
                try apply(patch, to: &files)
            } catch is Misfit {
                Issue.record("\(patch.path) does not apply; make it anew")
            }
        }
    }

    /// Each names the switch that is called like its file.
    @Test func everyPatchAsksForItsOwnName() throws {
        for patch in try SourceTree.files("Tests/Mutations", suffix: ".patch") {
            let name = patch.path.split(separator: "/").last?.dropLast(".patch".count) ?? ""
            let added = patch.lines.filter { $0.hasPrefix("+") }.joined(separator: "\n")
            let asked = Set(
                added.matches(of: /isActive\(\s*"(?<name>[^"]+)"/).map(\.output.name))
            #expect(asked == [name], "\(patch.path)")
        }
    }

    private func apply(_ patch: SourceFile, to files: inout [String: [Substring]]) throws {
        var path = ""
        var hunk: [Substring] = []
        for line in patch.lines + ["@@"] {
            if line.hasPrefix("--- ") || line.hasPrefix("+++ ") || line.hasPrefix("@@") {
                if !hunk.isEmpty {
                    let before = try files[path] ?? SourceFile(path)?.lines ?? []
                    files[path] = try Self.lines(before, after: hunk)
                }
                hunk = []
                if line.hasPrefix("+++ b/") { path = String(line.dropFirst("+++ b/".count)) }
            } else {
                hunk.append(line)
            }
        }
    }

    /// The lines of a file once a hunk is applied. It stands in one place, or nobody could tell
    /// which is meant.
    private static func lines(
        _ lines: [Substring], after hunk: [Substring]
    ) throws -> [Substring] {
        let old = hunk.filter { !$0.hasPrefix("+") }.map { $0.dropFirst() }
        let new = hunk.filter { !$0.hasPrefix("-") }.map { $0.dropFirst() }
        let places = lines.indices.filter { lines[$0...].starts(with: old) }
        guard places.count == 1, let place = places.first else { throw Misfit() }
        return lines[..<place] + new + lines[(place + old.count)...]
    }
}
