import Foundation

/// Where a hub is reached: scheme, host and port, no more.
struct HubAddress: Hashable, Sendable {
    let isEncrypted: Bool
    let host: String
    let port: Int?
    /// The address as people write it, without a slash at its end.
    let text: String

    /// Reads an address.
    ///
    /// - Parameters:
    ///   - text: `https://host[:port]`, or `http://` for loopback.
    ///   - trusted: an address that a signed invitation names; if it says `http://`, its programme
    ///     has decided so, and messages are signed whatever carries them.
    /// - Throws: ``CommandFailure`` for anything else.
    init(_ text: String, trusted: String) throws {
        let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard let parts = URLComponents(string: trimmed), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = Self.host(parts),
            parts.user == nil, parts.query == nil, parts.fragment == nil, parts.path.isEmpty,
            (1...65_535).contains(parts.port ?? 1)
        else {
            throw CommandFailure(
                .usage, code: "invalidURL", "\(InputFailure.quoted(text)) is not a hub's address.",
                hint: "Write it like https://hub.example.org or https://127.0.0.1:8470.")
        }
        isEncrypted = scheme == "https"
        self.host = host
        port = parts.port
        self.text = trimmed
        let isTrusted = trusted == text || trusted == trimmed || trusted == trimmed + "/"
        guard isEncrypted || isTrusted || Self.isLoopback(host) else {
            throw CommandFailure(
                .usage, code: "invalidURL",
                "\(InputFailure.quoted(text)) would send everything readable for all.",
                hint: "Write https:// instead; http:// is for this computer only.")
        }
    }

    /// Reads the address of a hub whose key may be known.
    ///
    /// - Parameters:
    ///   - text: the address.
    ///   - trusted: the address that the invitation names, or where the hub was last.
    ///   - pin: the pin of the hub's TLS key; nil where an authority vouches for it.
    /// - Throws: ``CommandFailure`` for no address, and for an open line to a hub that is known by
    ///   the key of an encrypted one, also where the invitation itself names an open line.
    init(_ text: String, trusted: String, pin: [UInt8]?) throws {
        self = try HubAddress(text, trusted: trusted)
        let wasEncrypted = try HubAddress(trusted, trusted: trusted).isEncrypted
        // A hub that serves without TLS on its own computer knows its key all the same.
        guard isEncrypted || pin == nil || !wasEncrypted && Self.isLoopback(host) else {
            throw CommandFailure(
                .usage, code: "invalidURL",
                "The hub is known by the key of an encrypted connection; "
                    + "\(InputFailure.quoted(self.text)) has none.",
                hint: "Write https:// instead; whoever runs the hub serves it with TLS.")
        }
    }

    /// The host without the brackets of an IPv6 address; nil if nothing is left of it.
    private static func host(_ parts: URLComponents) -> String? {
        guard let host = parts.host else { return nil }
        let name =
            host.hasPrefix("[") && host.hasSuffix("]")
            ? String(host.dropFirst().dropLast()) : host
        return name.isEmpty ? nil : name
    }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
