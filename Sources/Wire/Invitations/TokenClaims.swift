import Foundation

/// The payload of an invitation's token as JSON: the registered claims of PASETO, and ours in an
/// object of their own. Claims that are not listed here are ignored.
struct TokenClaims: Codable {
    let iss: String
    let aud: String
    let jti: String
    let iat: String
    let nbf: String
    let exp: String
    let wm: Waymark

    struct Waymark: Codable {
        let key: String
        let url: String
        let pin: String?
        let role: String?
        let email: String?
        let name: String?
        let issuer: String?
        let member: String?
        let programme: String
        let bearer: String
    }

    /// One form only: keys sorted, no white space, absent claims left out.
    func encode() throws(InvitationError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self))
        } catch {
            throw InvitationError(.damaged)
        }
    }

    init(reading payload: [UInt8]) throws(InvitationError) {
        do {
            self = try JSONDecoder().decode(TokenClaims.self, from: Data(payload))
        } catch {
            throw InvitationError(.damaged)
        }
    }

    init(
        iss: String, aud: String, jti: String, iat: String, nbf: String, exp: String, wm: Waymark
    ) {
        self.iss = iss
        self.aud = aud
        self.jti = jti
        self.iat = iat
        self.nbf = nbf
        self.exp = exp
        self.wm = wm
    }
}
