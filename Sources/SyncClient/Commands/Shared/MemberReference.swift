import ArgumentParser
import Foundation
import Model
import Replica

/// A member as people name them: by an id or its beginning, by e-mail, or by a name that only one
/// member has.
struct MemberReference: ExpressibleByArgument, Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }
    init?(argument: String) { self.init(argument) }

    /// Finds the member among those whom the replica knows.
    func resolve(in reader: ReplicaReader) throws -> MemberID {
        let people = try reader.people()
        if let id = MemberID(text: text), people.contains(where: { $0.id == id }) { return id }
        func folded(_ text: String?) -> String? {
            text?.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
        }
        var found = people.filter { $0.email != nil && folded($0.email) == folded(text) }
        if found.isEmpty {
            found = people.filter { $0.name != nil && folded($0.name) == folded(text) }
        }
        let isPrefix = IDPrefix.isHexadecimal(text)
        if found.isEmpty, isPrefix, text.utf8.count >= Limits.prefixCharactersMin {
            found = people.filter { $0.id.text.hasPrefix(text.lowercased()) }
        }
        guard let first = found.first else {
            if isPrefix, text.utf8.count < Limits.prefixCharactersMin {
                throw IDPrefix.tooShort(text)
            }
            throw CommandFailure(
                .refused, code: "unknownMember",
                "There is no member \(InputFailure.quoted(text)) in this replica.",
                hint: "See who is there with: waymark member list")
        }
        guard found.count == 1 else {
            let candidates = found.map { "\($0.id.text)  \($0.name ?? "(no name yet)")" }
            throw CommandFailure(
                .refused, code: "ambiguousMember",
                "\(InputFailure.quoted(text)) can mean \(found.count) members.",
                hint: (["Name one of them by id:"] + candidates).joined(separator: "\n"))
        }
        return first.id
    }
}
