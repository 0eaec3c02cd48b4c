package import Model

/// Random values of the rules' own types.
extension Seed {
    package mutating func device() -> DeviceID { DeviceID(rawValue: next()) }

    package mutating func record() -> RecordID {
        RecordID(device: device(), counter: number())
    }

    package mutating func member() -> MemberID { MemberID(record()) }

    package mutating func position() -> Position {
        Position(epoch: UInt32(truncatingIfNeeded: number()), number: number())
    }

    package mutating func context() -> Context {
        Context(
            position: position(),
            beyond: (0..<below(4)).map { _ in DeviceNumber(device: device(), number: number()) })
    }

    package mutating func scope() -> Scope {
        switch pick(Scope.Kind.allCases) {
        case .programme: .programme
        case .slots: .slots(of: member())
        case .participant: .participant(member())
        case .pair: .pair(mentor: member(), participant: member())
        case .own: .own(member())
        case .contact: .contact(of: member())
        case .invitations: .invitations(by: member())
        }
    }

    /// A text of up to 200 characters of one to four bytes in UTF-8, combining marks among them.
    package mutating func text() -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "e", "z", " ", "0", "\n", "\"", "\u{0}", "é", "\u{301}", "ß", "—", "漢", "🎈",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<below(oneIn(8) ? 200 : 12) { text.append(pick(alphabet)) }
        return String(text)
    }

    /// A value; lists nest as deep as they may.
    package mutating func value(depth: Int = 0) -> Value {
        switch below(depth < Limits.valueDepthMax ? 6 : 5) {
        case 0: .null
        case 1: .text(text())
        case 2: .integer(integer())
        case 3: .bytes(bytes(below(20)))
        case 4: .reference(record())
        default: .list((0..<below(4)).map { _ in value(depth: depth + 1) })
        }
    }

    /// An operation of any kind, those of later versions included.
    package mutating func operation() -> Change.Operation {
        switch below(12) {
        case 0: .create
        case 1: .delete
        case 2: .restore
        case 3: .leave
        case 4: .set(value())
        case 5: .add(value())
        case 6: .remove(value())
        case 7: .contribute(integer())
        case 8: .erase
        case 9: .erased
        case 10: .splice(bytes(below(20)))
        default: .opaque(code: UInt8(12 + below(116)), operand: bytes(below(20)))
        }
    }
}
