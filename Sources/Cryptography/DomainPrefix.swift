/// Keeps what is hashed or signed for one purpose from ever being taken for another.
///
/// Everything this project hashes or signs is preceded by the name of its purpose, its *domain*:
///
///     input = length of the name (one byte) ‖ name (ASCII) ‖ message
///     hash  = BLAKE2b-256(input), without key, salt or personalisation
///     signature = Ed25519(input)
///
/// Because the length comes first, no name can be the beginning of another, and no input of one
/// domain is an input of another. Example: the domain `waymark batch v1` puts the byte 0x10 and
/// these sixteen characters before the message. The one exception are PASETO tokens, which have a
/// header of their own (see `PasetoV4Public`).
enum DomainPrefix {
    /// Short enough that a prefix and a small message fill one BLAKE2b block of 128 bytes.
    static let nameBytesMax = 64

    /// Returns the length byte and the name. Names are constants of this project, so a name that
    /// is empty, too long or not printable ASCII is a bug.
    static func bytes(of name: String) -> [UInt8] {
        let ascii = Array(name.utf8)
        precondition(
            (1...nameBytesMax).contains(ascii.count), "A domain name has 1 to 64 characters.")
        precondition(
            ascii.allSatisfy { (0x20...0x7E).contains($0) }, "A domain name is printable ASCII.")
        return [UInt8(ascii.count)] + ascii
    }
}
