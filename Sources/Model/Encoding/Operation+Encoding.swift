extension ByteWriter {
    /// Appends what follows an operation's code: nothing, a value, a number, or, for splices
    /// and operations of later versions, bytes with their length.
    package mutating func append(operandOf operation: Change.Operation) {
        switch operation {
        case .create, .delete, .restore, .leave, .erase, .erased: break
        case .set(let value), .add(let value), .remove(let value): append(value: value)
        case .contribute(let amount): append(zigzag: amount)
        case .splice(let operand), .opaque(_, let operand): append(lengthPrefixed: operand)
        }
    }
}

extension ByteReader {
    /// Reads the operand that belongs to an operation code. A code that is not known here is taken to
    /// be of a later version, whose operand is bytes with their length, as that of a splice is.
    package mutating func operation(code: UInt8) throws(DecodingFailure) -> Change.Operation {
        switch code {
        case 0: .create
        case 1: .delete
        case 2: .restore
        case 3: .leave
        case 4: .set(try value())
        case 5: .add(try value())
        case 6: .remove(try value())
        case 7: .contribute(try zigzag())
        case Change.Operation.spliceCode: .splice(try lengthPrefixed())
        case 10: .erase
        case 11: .erased
        default: .opaque(code: code, operand: try lengthPrefixed())
        }
    }
}
