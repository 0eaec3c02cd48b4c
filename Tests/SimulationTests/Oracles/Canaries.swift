import Foundation
import Model
import SimulatedWorld
import TestSupport

/// Words that stand in one scope's texts only, so that a file that holds one gives away who wrote
/// more than they may have.
struct Canaries {
    /// Characters of a word; the first few may be shared with a neighbour in a search index, which
    /// stores what is shared once, so the last sixteen are searched for.
    private static let characterCount = 22
    static let needleBytes = 16

    private struct Word {
        var scopes: Set<Scope>
        let author: DeviceID
    }

    private var words: [[UInt8]: Word] = [:]

    /// Returns a new word for a text that somebody writes into a scope.
    mutating func word(for scope: Scope, by author: DeviceID, _ seed: inout Seed) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
        let bytes = (0..<Self.characterCount).map { _ in seed.pick(letters) }
        words[Array(bytes.suffix(Self.needleBytes))] = Word(scopes: [scope], author: author)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Notes that texts were published into another scope on purpose.
    mutating func share(_ texts: [String], into scope: Scope) {
        for word in texts.flatMap({ words(in: $0.utf8) }) { words[word]?.scopes.insert(scope) }
    }

    /// The words of the programme that stand in a text, or in what holds one.
    func words(in bytes: some Collection<UInt8>) -> Set<[UInt8]> {
        var found: Set<[UInt8]> = []
        for part in bytes.split(whereSeparator: { !Self.letters.contains($0) }) {
            let part = Array(part)
            // Two who replace one word at the same time leave theirs side by side.
            guard part.count >= Self.characterCount else { continue }
            for end in Self.characterCount...part.count {
                let needle = Array(part[(end - Self.needleBytes)..<end])
                if words[needle] != nil { found.insert(needle) }
            }
        }
        return found
    }

    func isWritten(_ word: [UInt8], by devices: Set<DeviceID>) -> Bool {
        words[word].map { devices.contains($0.author) } ?? false
    }

    private static let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// What must not be in the files of a laptop, which had these devices' keys and whose member may
    /// read some scopes, ascending.
    func forbidden(for devices: Set<DeviceID>, where mayRead: (Scope) -> Bool) -> [[UInt8]] {
        words.filter {
            !devices.contains($0.value.author) && !$0.value.scopes.contains(where: mayRead)
        }
        .keys.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The first of the needles, which are ascending, that stands in the bytes; nil if none does.
    static func find(_ needles: [[UInt8]], in data: Data) -> [UInt8]? {
        let joined = needles.flatMap { $0 }
        let found = data.withUnsafeBytes { bytes in
            simulated_disk_search(
                bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, joined, needles.count)
        }
        return found < 0 ? nil : needles[found]
    }
}
