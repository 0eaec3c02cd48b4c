import Foundation

/// The project's files, as the tidy tests read them.
struct SourceTree {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Returns all files below the folders, without what tools generate and without archives.
    static func files(_ folders: String..., suffix: String = ".swift") throws -> [SourceFile] {
        try folders.flatMap { folder in
            try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
                .filter { $0.hasSuffix(suffix) && !$0.contains("/Generated/") }
                .filter { !$0.hasSuffix(".gz") }
                .sorted()
                .compactMap { try SourceFile("\(folder)/\($0)") }
        }
    }
}

/// One file and its lines.
struct SourceFile {
    /// The path from the project's folder on.
    let path: String
    let text: String

    /// Reads a file; nil for a folder.
    init?(_ path: String) throws {
        let location = SourceTree.root.appending(path: path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: location.path, isDirectory: &isFolder),
            !isFolder.boolValue
        else { return nil }
        self.path = path
        text = try String(contentsOf: location, encoding: .utf8)
    }

    /// `Sources/Model/Change/Batch.swift` lies in the module `Model`.
    var module: String { String(path.split(separator: "/")[1]) }

    /// The names of the folders and of the file, without its ending.
    var names: [String] {
        path.split(separator: "/").map { String($0.prefix { $0 != "." }) }
    }

    var lines: [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Each line that holds one of the words: its number and its code, without comments and
    /// without what stands in quotes or in a regular expression.
    func code(with words: [String]) -> [(number: Int, text: String)] {
        guard words.contains(where: text.contains) else { return [] }
        return lines.enumerated().compactMap { index, line in
            guard words.contains(where: line.contains) else { return nil }
            var text = line.replacing(/"(?:\\.|[^"\\])*"/, with: "\"\"")
            if let comment = text.firstRange(of: "//") { text = text[..<comment.lowerBound] }
            text = text.replacing(/\/\S.*\S\//, with: "//")
            return (index + 1, String(text))
        }
    }
}
