import Cryptography
import Model
import Replica
import Wire

/// Keeps the books of what the hub itself said: devices, redemptions, members.
struct HubRecords {
    let ledger: Ledger
    /// Where it stands in the order.
    let position: Position

    private var store: HubStore { ledger.store }

    /// Notes what one change set says. If the hub had said it before it was set back, parts of the
    /// set may be missing, and what is there may be noted already.
    func note(_ changes: [Change], isReturned: Bool = false) throws {
        var device: DeviceID?
        for change in changes {
            guard case .set(let value) = change.operation else { continue }
            switch (change.entity, change.field) {
            case (Schema.device.id, Fields.Device.certificate):
                let signed = try DeviceCertificate.Signed(encodedBytes: value.bytes ?? [])
                device = try note(signed, record: change.record, isReturned: isReturned)
            case (Schema.profile.id, Fields.Profile.state):
                try store.noteJoined(MemberID(change.record), at: position)
            default: break
            }
        }
        for change in changes
        where change.entity == Schema.invitation.id
            && change.field == Fields.Invitation.redeemedBy
        {
            guard let redeemer = device ?? (isReturned ? HubStore.unknownRedeemer : nil) else {
                continue
            }
            try store.insertRedemption(of: change.record, by: redeemer)
        }
    }

    private func note(
        _ signed: DeviceCertificate.Signed, record: RecordID, isReturned: Bool
    ) throws -> DeviceID {
        let certificate = try signed.verify(hubKey: ledger.key.publicKey)
        try ledger.tables.learn(
            device: certificate.device, key: certificate.key, member: certificate.member,
            certificate: signed.encodedBytes)
        if isReturned {
            try store.restoreDevice(
                certificate.device, record: record, member: certificate.member)
        } else {
            try store.insertDevice(
                certificate.device, record: record, member: certificate.member)
        }
        return certificate.device
    }
}
