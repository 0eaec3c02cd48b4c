import Foundation
import Replica

/// The failures on the way to the hub.
enum HubFailure {
    static func unreachable(_ address: HubAddress) -> CommandFailure {
        CommandFailure(
            .unreachable, code: "hubUnreachable",
            "The hub at \(address.text) cannot be reached; your work is saved.",
            hint: "Run waymark sync again when there is a network.")
    }

    /// Somebody takes connections there and does not answer.
    static func silent(_ address: HubAddress) -> CommandFailure {
        CommandFailure(
            .unreachable, code: "hubUnreachable",
            "The hub at \(address.text) does not answer; your work is saved.",
            hint: "Run waymark sync again later; if it stays like this, tell whoever runs the hub.")
    }

    static func busy(_ address: HubAddress) -> CommandFailure {
        CommandFailure(
            .unreachable, code: "hubBusy",
            "The hub at \(address.text) is busy; your work is saved.",
            hint: "Run waymark sync again in a minute.")
    }

    static func otherKey(_ address: HubAddress) -> CommandFailure {
        CommandFailure(
            .refused, code: "wrongHub",
            "What answers at \(address.text) is not the hub that invited you.",
            hint: "Check the address; on a foreign network, try another one. Nothing was sent.")
    }

    static func untrusted(_ address: HubAddress) -> CommandFailure {
        CommandFailure(
            .refused, code: "wrongHub",
            "No safe connection to \(address.text) can be made; nothing was sent.",
            hint: "Check the address and that the hub's certificate is valid.")
    }

    static func garbage(_ address: HubAddress) -> CommandFailure {
        CommandFailure(
            .refused, code: "badAnswer",
            "What answers at \(address.text) is not a Waymark hub; your work is saved.",
            hint: "Check the address; some networks want you to log in with a browser first.")
    }

    /// The hub cannot write what it gets. Its own sentence is for those who run it.
    static var diskFull: CommandFailure {
        CommandFailure(
            .unreachable, code: "fileFailed", "The hub's disk is full; your work is saved.",
            hint: "Tell whoever runs the hub; run waymark sync again when there is room.")
    }

    static var otherVersion: CommandFailure {
        CommandFailure(
            .refused, code: "unsupportedVersion",
            "The hub speaks another version of the protocol; your work is saved.",
            hint: "Compare waymark --version with the hub's, and update the older of the two.")
    }

    /// What the hub itself says, in its error document.
    struct Answer: Error, Equatable, CommandFailureConvertible, HubRefusal {
        let status: Int
        let code: String
        let message: String
        let hint: String?

        var hubCode: String { code }

        /// Reads `{"error":{"code":…,"message":…,"hint":…}}`; nil for anything else.
        init?(status: Int, body: [UInt8]) {
            struct Document: Decodable {
                struct Body: Decodable {
                    let code: String
                    let message: String
                    let hint: String?
                }
                let error: Body
            }
            guard let document = try? JSONDecoder().decode(Document.self, from: Data(body)),
                Self.isCode(document.error.code)
            else { return nil }
            self.status = status
            code = document.error.code
            message = document.error.message
            hint = document.error.hint
        }

        private static func isCode(_ text: String) -> Bool {
            (1...64).contains(text.utf8.count)
                && text.utf8.allSatisfy { (0x61...0x7A).contains($0 | 0x20) }
        }

        /// Whether the hub has judged the invitation and will not change its mind.
        var isAboutInvitation: Bool { HubStanding(code: code)?.isAboutInvitation ?? false }

        var commandFailure: CommandFailure {
            let kind: CommandFailure.Kind =
                switch code {
                case _ where isAboutInvitation: .badData
                case "deviceRevoked", "memberSuspended", "unknownDevice": .notAllowed
                case "tooManyRequests", "busy", "tooSlow", "internal", "fileFailed": .unreachable
                default: .refused
                }
            guard code != "unsupportedVersion" else { return HubFailure.otherVersion }
            guard code != "fileFailed" else { return HubFailure.diskFull }
            let saved = kind == .unreachable ? " Your work is saved." : ""
            // The hub does not know by which command one joins in a folder that holds work.
            let hint = isAboutInvitation ? HubStanding.invitationHint : hint ?? defaultHint
            return CommandFailure(kind, code: code, message + saved, hint: hint)
        }

        private var defaultHint: String {
            switch code {
            case "tooManyRequests", "busy": "Run waymark sync again in a minute."
            case "deviceRevoked", "memberSuspended": "Ask an admin of the programme."
            case "unknownDevice": "Ask an admin for a new device; what is written here is kept."
            default: "Try again; if it stays like this, tell whoever runs the hub."
            }
        }
    }
}
