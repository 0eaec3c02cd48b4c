/// Why bytes could not be read.
package enum DecodingFailure: Error, Equatable, Sendable {
    case truncated
    case trailingBytes
    case numberTooLarge
    case notCanonical
    case notUTF8
    case tooDeep
    case unknownTag(UInt8)
}
