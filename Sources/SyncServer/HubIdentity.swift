import Cryptography
import Foundation
import Model
import Replica
import Wire

/// What a hub is called and where it is reached.
struct HubIdentity: Sendable {
    let programme: ProgrammeID
    let name: String
    let url: String
    /// What the hub's TLS key hashes to; nil where a proxy holds the certificate.
    let pin: [UInt8]?

    init(_ store: HubStore, key: SigningKey) throws {
        let meta = store.tables.meta
        programme = ProgrammeID(hubKey: key.publicKey)
        guard let stored = try meta.bytes(.programme) else {
            throw HubError(
                .damagedHub, "The hub's database is empty: it does not say whose hub it is.",
                hint: ReplicaError.damageHint)
        }
        guard stored == programme.bytes else {
            throw HubError(
                .damagedHub, "The key file does not belong to the hub's database.",
                hint: "Use hub.key and hub.sqlite of one hub; every backup holds both.")
        }
        name = try meta.text(.programmeName) ?? ""
        url = try meta.text(.hubURL) ?? ""
        pin = try meta.bytes(.tlsPin)
    }

    /// Whether a URL is of an open line, and of one that leaves this computer.
    static func isOpen(_ url: String) -> Bool { url.hasPrefix("http:") }

    static func isReadableByOthers(_ url: String) throws -> Bool {
        try isOpen(url) && !ListenAddress(host: host(of: url), port: 0).isLoopback
    }

    /// The host in a URL that members can use.
    static func host(of url: String) throws -> String {
        guard let components = URLComponents(string: url),
            let scheme = components.scheme, ["https", "http"].contains(scheme),
            var host = components.host, !host.isEmpty, components.query == nil,
            components.fragment == nil, components.user == nil
        else {
            throw HubError(
                .usage, "The URL of the hub cannot be read.",
                hint: "It looks like https://hub.example.org:8470")
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return host
    }
}
