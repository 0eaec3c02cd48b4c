import Foundation
import Testing

/// The files of `protocol/`.
enum ProtocolFolder {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func vectors<Content: Decodable>(_ name: String) throws -> Content {
        try JSONDecoder().decode(
            Content.self,
            from: Data(contentsOf: root.appending(path: "protocol/vectors/\(name).json")))
    }

    static func page(_ name: String) throws -> String {
        try String(contentsOf: root.appending(path: "protocol/\(name).md"), encoding: .utf8)
    }

    static func source(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: "Sources/Model/\(path)"), encoding: .utf8)
    }

    /// The lines of a page between two markers, without them.
    static func generatedPart(of page: String) throws -> String {
        let parts = page.components(separatedBy: "<!-- generated from the schema -->\n")
        try #require(parts.count == 2, "The page has one part that is generated.")
        let rest = parts[1].components(separatedBy: "<!-- end of the generated part -->")
        try #require(rest.count == 2, "The generated part ends once.")
        return rest[0]
    }

    /// Puts other lines between the two markers.
    static func write(generatedPart part: String, of name: String) throws {
        let page = try page(name)
        let changed = page.replacing(try generatedPart(of: page), with: part)
        try Data(changed.utf8).write(to: root.appending(path: "protocol/\(name).md"))
    }
}
