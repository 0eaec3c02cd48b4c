import Foundation
import Hummingbird
import Logging

/// Why the hub, or one of its commands, did not do what it was asked.
///
/// The one place where failures get their HTTP status, their exit status and their stable word.
/// Texts name ids and sizes, never content, names, e-mail addresses, keys or tokens.
struct HubError: Error, Equatable {
    /// The stable word of every failure, as it stands in HTTP answers and in `--json`.
    enum Reason: String, CaseIterable, Sendable {
        // What a device's request can run into.
        case malformed
        case badSignature
        case unknownDevice
        case challenge
        case deviceRevoked
        case memberSuspended
        case wrongProgramme
        case unsupportedVersion
        case tokenDamaged
        case tokenExpired
        case tokenUsed
        case tokenRevoked
        case issuerNotEntitled
        case recovering
        case tooLarge
        case tooSlow
        case tooManyRequests
        case busy
        case notFound
        // What a command can run into.
        case usage
        case alreadyExists
        case notAHub
        case damagedHub
        case newerVersion
        case unknownID
        case ambiguousID
        case inUse
        case addressInUse
        case fileFailed
        case outputFailed
        case refused
        case notConfirmed
        // Our own mistakes.
        case `internal`
    }

    let reason: Reason
    /// One sentence: what happened, to what.
    let message: String
    /// What to do now.
    let hint: String?

    init(_ reason: Reason, _ message: String, hint: String? = nil) {
        self.reason = reason
        self.message = message
        self.hint = hint
    }

    var code: String { reason.rawValue }

    var status: HTTPResponse.Status {
        switch reason {
        case .malformed, .tokenDamaged, .usage: .badRequest
        case .badSignature, .unknownDevice, .challenge: .unauthorized
        case .deviceRevoked, .memberSuspended, .wrongProgramme, .tokenExpired, .tokenUsed,
            .tokenRevoked, .issuerNotEntitled, .refused, .notConfirmed:
            .forbidden
        case .recovering, .alreadyExists, .ambiguousID: .conflict
        case .notFound, .unknownID: .notFound
        case .tooLarge: .contentTooLarge
        case .tooSlow: .requestTimeout
        case .unsupportedVersion: HTTPResponse.Status(code: 426, reasonPhrase: "Upgrade Required")
        case .tooManyRequests: .tooManyRequests
        case .busy: .serviceUnavailable
        case .notAHub, .damagedHub, .newerVersion, .inUse, .addressInUse, .fileFailed,
            .outputFailed, .internal:
            .internalServerError
        }
    }

    /// The exit status of a command; the numbers follow `sysexits.h` like those of `waymark`.
    var exitCode: Int32 {
        switch reason {
        case .usage: 64
        case .malformed, .tokenDamaged, .damagedHub, .notAHub, .wrongProgramme, .unsupportedVersion,
            .tooLarge, .unknownDevice:
            65
        case .internal: 70
        default: 1
        }
    }

    /// What the log says of it: the word and, where the hub itself is in trouble, what whoever runs
    /// it has to know.
    var logMetadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["code": "\(code)"]
        guard status.code >= 500 else { return metadata }
        metadata["reason"] = "\(message)"
        if let hint { metadata["hint"] = "\(hint)" }
        return metadata
    }

    /// Whether somebody who fails like this again and again is to be slowed down.
    var isSuspicious: Bool {
        switch reason {
        case .malformed, .badSignature, .unknownDevice, .deviceRevoked, .memberSuspended,
            .wrongProgramme, .tokenDamaged, .tokenExpired, .tokenUsed, .tokenRevoked,
            .issuerNotEntitled, .tooLarge, .tooSlow, .notFound:
            true
        default: false
        }
    }
}

extension HubError: CustomStringConvertible {
    var description: String { message }
}

extension HubError {
    /// Turns any error into one that may be shown; the text of an unforeseen one stays inside,
    /// because it may quote what a member wrote.
    init(describing error: any Error) {
        switch error {
        case let error as HubError: self = error
        case let error as any HubErrorConvertible: self = error.hubError
        case is CancellationError:
            self.init(.busy, "The request was interrupted.")
        // The router's own, where no route leads.
        case let error as any HTTPResponseError where error.status == .notFound:
            self.init(.notFound, "There is nothing at this address.")
        default:
            self.init(
                .internal, "Something unforeseen went wrong in the hub.",
                hint: "Please report it with this word: \(String(reflecting: type(of: error)))")
        }
    }
}

/// An error of another module that knows its place among the hub's failures.
protocol HubErrorConvertible: Error {
    var hubError: HubError { get }
}
