/// The purpose of a hash, such as "waymark section v1". Hashes of the same bytes in two domains
/// have nothing in common.
package struct HashDomain: Hashable, Sendable {
    package let name: String
    /// What precedes the message; see `DomainPrefix`.
    let prefix: [UInt8]

    /// Names a domain by 1 to 64 printable ASCII characters; make it a static constant.
    package init(_ name: String) {
        self.name = name
        prefix = DomainPrefix.bytes(of: name)
    }
}
