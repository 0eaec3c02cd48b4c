import GRDB
import Model

/// What can go wrong with a replica that is not a bug of ours.
package struct ReplicaError: Error, Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        /// There is no replica in this home.
        case missing
        /// The home cannot be looked into, so nobody knows whether there is one.
        case unreadable
        /// There is one already.
        case exists
        /// Another program is making one in this home.
        case beingMade
        /// A join has left the beginnings of one here, in which nothing was ever saved.
        case unfinished
        /// The file is not a sound SQLite file or its contents contradict each other.
        case damaged
        case readOnly
        case diskFull
        /// Another program keeps the file locked.
        case busy
        /// The file was written by a later version.
        case newerVersion
        /// The forecast of the hub's decision: it would refuse the change.
        case refused(RefusalReasonCode)
        /// The record is not in this replica.
        case unknownRecord
        /// The scope is being fetched or has left this replica.
        case scopeUnavailable
        /// Something from the hub did not fit together; nothing of it was applied.
        case badAnswer
        /// The key file is missing, damaged or does not fit the replica.
        case badKey
        /// There is a key file, and it cannot be read.
        case unreadableKey
        /// A value is larger than one may be.
        case tooLarge
        /// Values of the record stand against each other; that is settled first.
        case inConflict
        /// The hub has not let this device in yet, so nobody else can tell whose work it is.
        case notJoined
        /// The member has no device, or does not take part, as far as this replica knows.
        case noReader
        /// There is no room for more of other people's parcels.
        case freightFull
        /// The field holds changes that only a later version understands; it cannot be written.
        case setAside
    }

    package let reason: Reason
    /// What it happened to: a path, an id, a field. Never content.
    package let subject: String

    package init(_ reason: Reason, _ subject: String = "") {
        self.reason = reason
        self.subject = subject
    }

    /// What an error means that came from the file itself, in whatever way it was read; nil for
    /// any other.
    package init?(ofFile error: any Error, at path: String) {
        switch error {
        case let error as DatabaseError: self.init(Reason(error), path)
        case is RowDecodingError, is DecodingFailure: self.init(.damaged, path)
        default: return nil
        }
    }

    /// Whether nothing can be signed here; what was saved can be read all the same.
    var isAboutKey: Bool { reason == .badKey || reason == .unreadableKey }

    /// Runs the body and turns SQLite's errors into ours.
    static func mapping<T>(path: String, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw ReplicaError(Reason(error), path)
        }
    }
}

/// A refusal reason as a number, so that this error stays comparable without importing more.
package typealias RefusalReasonCode = UInt32

extension ReplicaError.Reason {
    /// What SQLite's result code means for the person at the keyboard.
    init(_ error: DatabaseError) {
        self =
            switch error.resultCode {
            case .SQLITE_FULL: .diskFull
            case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: .readOnly
            case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
            case .SQLITE_IOERR: .diskFull
            default: .damaged
            }
    }
}
