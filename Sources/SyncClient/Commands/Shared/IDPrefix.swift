import Model

/// Beginnings of ids, as people type them.
enum IDPrefix {
    static func isHexadecimal(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 32
            && text.utf8.allSatisfy { character in
                switch character {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"):
                    true
                default: false
                }
            }
    }

    static func tooShort(_ text: String) -> CommandFailure {
        CommandFailure(
            .usage, code: "shortID", "The id \(InputFailure.quoted(text)) is too short.",
            hint: "Type at least \(Limits.prefixCharactersMin) of its characters.")
    }

    static func unknown(_ text: String, noun: String, list: String) -> CommandFailure {
        CommandFailure(
            .refused, code: "unknownID",
            "There is no \(noun) \(InputFailure.quoted(text)) in this replica.",
            hint: "See what is there with: \(list)")
    }

    static func ambiguous(
        _ text: String, noun: String, candidates: [String], isCut: Bool = false
    ) -> CommandFailure {
        let lines = ["Type more characters of one of these:"] + candidates + (isCut ? ["…"] : [])
        return CommandFailure(
            .refused, code: "ambiguousID",
            "The id \(InputFailure.quoted(text)) fits more than one \(noun).",
            hint: lines.joined(separator: "\n"))
    }
}

extension RecordID {
    /// The first eight digits: enough to tell records apart in a table.
    var shortText: String { String(text.prefix(8)) }
}

extension MemberID {
    /// The first eight digits.
    var shortText: String { String(text.prefix(8)) }
}
