import Model
import Replica

/// An invitation as `invite list` shows it.
struct InvitationRecord {
    enum State: String {
        case open, redeemed, expired, revoked
    }

    let record: StoredRecord
    let state: State

    /// - Parameters:
    ///   - record: the invitation.
    ///   - now: decides whether it has expired.
    init(_ record: StoredRecord, now: ClaimedTime) {
        self.record = record
        let expiresAt = record.integer(Fields.Invitation.expiresAt) ?? .max
        if record.reference(Fields.Invitation.redeemedBy) != nil {
            state = .redeemed
        } else if record.isTrue(Fields.Invitation.revoked) {
            state = .revoked
        } else {
            state = expiresAt <= now.milliseconds ? .expired : .open
        }
    }

    /// Nil for a further device.
    var role: Role? {
        record.integer(Fields.Invitation.role).flatMap(Role.init(rawValue:))
    }

    /// The member whose further device it is for.
    var member: MemberID? { record[Fields.Invitation.member].member }
    var expiresAt: Int64? { record.integer(Fields.Invitation.expiresAt) }
    var issuer: MemberID? { record.scope.owner }

    var json: JSONValue {
        [
            "id": .string(record.id.text), "role": JSONValue(role?.name),
            "email": JSONValue(record.text(Fields.Invitation.email)),
            "name": JSONValue(record.text(Fields.Invitation.name)),
            "for": JSONValue(member?.text), "by": JSONValue(issuer?.text),
            "expiresAt": .time(expiresAt), "state": .string(state.rawValue),
        ]
    }
}
