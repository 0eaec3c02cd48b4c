/// The purpose of a signature, such as "waymark batch v1". A signature made in one domain is
/// invalid in every other.
package struct SignatureDomain: Hashable, Sendable {
    package let name: String
    /// What precedes the message; see `DomainPrefix`.
    let prefix: [UInt8]

    /// Names a domain by 1 to 64 printable ASCII characters; make it a static constant.
    package init(_ name: String) {
        self.name = name
        prefix = DomainPrefix.bytes(of: name)
    }
}
