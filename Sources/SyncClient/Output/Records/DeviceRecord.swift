import Model
import Replica

extension MemberDevice {
    /// `active`, `retired` or `stolen`.
    var stateName: String { revocation?.name ?? "active" }

    var json: JSONValue {
        [
            "id": .string(id.text), "name": .string(name), "member": .string(member.text),
            "state": .string(stateName), "lastSeenAt": .time(lastSeenAt?.milliseconds),
        ]
    }
}
