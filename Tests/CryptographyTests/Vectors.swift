import Foundation

/// The files in `protocol/vectors` that concern this module.
struct CryptographyVectors: Decodable {
    struct Hash: Decodable, Sendable {
        let name: String
        let domain: String
        let message: String
        let hash: String
    }

    struct Signature: Decodable, Sendable {
        let name: String
        let secretSeed: String
        let publicKey: String
        let domain: String
        let message: String
        let signature: String
    }

    struct State: Decodable, Sendable {
        let name: String
        let added: [String]
        let removed: [String]
        let sum: String
    }

    let hashes: [Hash]
    let signatures: [Signature]
    let stateHashes: [State]

    static func load() throws -> CryptographyVectors {
        try JSONDecoder().decode(Self.self, from: vectorFile("cryptography.json"))
    }
}

struct TokenVectors: Decodable {
    struct Accepted: Decodable, Sendable {
        let name: String
        let secretSeed: String
        let publicKey: String
        let payload: String
        let footer: String
        let implicit: String
        let token: String
    }

    struct Refused: Decodable, Sendable {
        let name: String
        let publicKey: String
        let footer: String
        let implicit: String
        let token: String
        let reason: String
    }

    let paseto: [Accepted]
    let pasetoRefused: [Refused]

    static func load() throws -> TokenVectors {
        try JSONDecoder().decode(Self.self, from: vectorFile("tokens.json"))
    }
}

private func vectorFile(_ name: String) throws -> Data {
    let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try Data(contentsOf: root.appending(path: "protocol/vectors/\(name)"))
}
