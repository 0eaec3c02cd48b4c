import Foundation
import GRDB
package import Model
import Wire

/// A device of a member.
package struct MemberDevice: Sendable {
    package let id: DeviceID
    package let record: StoredRecord
    package let member: MemberID
    package let name: String
    /// Nil while its signature counts.
    package let revocation: DeviceRevocation?
    /// When the hub last received changes from it, as far as this replica has them.
    package let lastSeenAt: HubTime?
}

extension ReplicaReader {
    /// All devices of the programme, or those of one member, in the order in which they joined.
    package func devices(of member: MemberID? = nil) throws -> [MemberDevice] {
        let filters = member.map { [Filter.equals(Fields.Device.member, .member($0))] } ?? []
        return try records(of: Schema.device, where: filters).compactMap { record in
            guard let member = record[Fields.Device.member].member,
                let bytes = record[Fields.Device.certificate].bytes,
                let signed = try? DeviceCertificate.Signed(encodedBytes: bytes),
                let certificate = try? signed.verify(hubKey: identity.hubKey),
                certificate.member == member
            else { return nil }
            return MemberDevice(
                id: certificate.device, record: record, member: member,
                name: record.text(Fields.Device.name) ?? "",
                revocation: record.integer(Fields.Device.revocation)
                    .flatMap(DeviceRevocation.init(rawValue:)),
                lastSeenAt: try lastReceipt(from: certificate.device))
        }
    }

    private func lastReceipt(from device: DeviceID) throws -> HubTime? {
        try Int64.fetchOne(
            store.database.cachedStatement(
                sql: "SELECT max(receipt) FROM batch WHERE device = ? AND state = 1"),
            arguments: [device.column]
        ).map { HubTime(milliseconds: $0) }
    }
}
