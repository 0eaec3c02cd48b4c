import Foundation
import NIOCore

/// Where a connection or a request comes from, as far as limits go: one computer or household.
///
/// An address of version 4, or the half of one of version 6 that a provider hands out: the other
/// half anybody chooses for themselves.
enum Origin: Hashable, Sendable {
    case version4([UInt8])
    case version6([UInt8])
    /// What somebody calls an address and is none.
    case other(String)

    /// Before what an address of version 4 looks like in one of version 6 (RFC 4291, 2.5.5.2).
    private static let mappedPrefix: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
    private static let textBytesMax = 64

    /// Nil for what is no address of the internet.
    init?(_ address: SocketAddress?) {
        switch address {
        case .v4(let address):
            self = .version4(withUnsafeBytes(of: address.address.sin_addr) { Array($0) })
        case .v6(let address):
            let bytes = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
            // All of version 4 comes like this where the hub listens on "::".
            self =
                bytes.starts(with: Self.mappedPrefix)
                ? .version4(Array(bytes.suffix(4))) : .version6(Array(bytes.prefix(8)))
        default: return nil
        }
    }

    /// Reads an address as it stands in `X-Forwarded-For`; a port behind it does not count.
    init(_ text: some StringProtocol) {
        let text = text.prefix(Self.textBytesMax).drop { $0 == " " }
        var name = text
        if name.hasPrefix("[") {
            name = name.dropFirst().prefix { $0 != "]" }
        } else if let colon = name.firstIndex(of: ":"), colon == name.lastIndex(of: ":") {
            name = name[..<colon]
        }
        name = name.prefix { $0 != " " && $0 != "%" }
        let address = try? SocketAddress(ipAddress: String(name), port: 0)
        self = Origin(address) ?? .other(String(text))
    }
}
