import ArgumentParser
import Model
import Replica

/// A conflict as people name it: by its id or the beginning of it.
struct ConflictReference: ExpressibleByArgument, Hashable, Sendable {
    let text: String

    init?(argument: String) { text = argument }

    /// Finds the one open conflict that the text names.
    func resolve(in reader: ReplicaReader) throws -> RecordConflict {
        let isPrefix = IDPrefix.isHexadecimal(text)
        guard !isPrefix || text.utf8.count >= Limits.prefixCharactersMin else {
            throw IDPrefix.tooShort(text)
        }
        let found =
            try isPrefix
            ? reader.conflicts().filter { $0.idText.hasPrefix(text.lowercased()) } : []
        guard let first = found.first else {
            throw IDPrefix.unknown(text, noun: "conflict", list: "waymark conflict list")
        }
        guard found.count == 1 else {
            throw IDPrefix.ambiguous(text, noun: "conflict", candidates: found.map(\.idText))
        }
        return first
    }
}
