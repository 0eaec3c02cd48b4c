import Foundation
import GRDB
import Model
import Replica
import Wire

/// Devices: their records, what they last said, and how replays are noticed.
extension HubStore {
    /// What the hub knows of a member's device.
    struct DeviceRow {
        let device: DeviceID
        let record: RecordID
        let member: MemberID
        /// The position that its latest request named.
        let cited: Position
        let lastSyncAt: Int64?
        let challenge: [UInt8]?
        let challengeUntil: Int64

        fileprivate static let selectSQL = """
            SELECT device, record, member, citedEpoch, citedNumber, lastSyncAt, challenge,
                challengeUntil FROM hubDevice
            """

        fileprivate init?(_ row: Row) {
            guard let record = RecordID(bytes: row[1] as Data),
                let member = MemberID(bytes: row[2] as Data)
            else { return nil }
            device = DeviceID(column: row[0])
            self.record = record
            self.member = member
            cited = Position(epoch: row[3] as Int64?, number: row[4] as Int64?) ?? .start
            lastSyncAt = row[5]
            challenge = (row[6] as Data?).map { [UInt8]($0) }
            challengeUntil = row[7] ?? 0
        }
    }

    func device(_ device: DeviceID) throws -> DeviceRow? {
        try Row.fetchOne(
            database.cachedStatement(sql: DeviceRow.selectSQL + " WHERE device = ?"),
            arguments: [device.column]
        ).flatMap(DeviceRow.init)
    }

    func allDevices() throws -> [DeviceRow] {
        try Row.fetchAll(database, sql: DeviceRow.selectSQL + " ORDER BY rowid")
            .compactMap(DeviceRow.init)
    }

    func devices(of member: MemberID) throws -> [DeviceRow] {
        try Row.fetchAll(
            database.cachedStatement(sql: DeviceRow.selectSQL + " WHERE member = ? ORDER BY rowid"),
            arguments: [Data(member.bytes)]
        ).compactMap(DeviceRow.init)
    }

    /// Notes the record of a device; the first one counts.
    func insertDevice(_ device: DeviceID, record: RecordID, member: MemberID) throws {
        try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO hubDevice (device, record, member) VALUES (?, ?, ?)"
        ).execute(arguments: [device.column, Data(record.bytes), Data(member.bytes)])
    }

    /// Notes the record that a device had before the hub lost it: what others say of the device, they
    /// say of that record. One that was revoked since stays revoked.
    func restoreDevice(_ device: DeviceID, record: RecordID, member: MemberID) throws {
        try tables.flush()
        try database.cachedStatement(
            sql: """
                INSERT INTO hubDevice (device, record, member) VALUES (?, ?, ?)
                ON CONFLICT (device) DO UPDATE SET record = excluded.record
                    WHERE NOT EXISTS (SELECT 1 FROM device
                        WHERE id = hubDevice.record AND revocation IS NOT NULL)
                """
        ).execute(arguments: [device.column, Data(record.bytes), Data(member.bytes)])
    }

    /// Whether the device's record says that its signature no longer counts.
    func isRevoked(_ record: RecordID) throws -> Bool {
        try tables.flush()
        return try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM device WHERE id = ? AND revocation IS NOT NULL)
                    """), arguments: [Data(record.bytes)]) ?? false
    }

    /// How the device was revoked, as its record says; nil while its signature counts.
    func revocation(ofDevice record: RecordID) throws -> DeviceRevocation? {
        try tables.flush()
        return try Int64.fetchOne(
            database.cachedStatement(
                sql: "SELECT revocation FROM device WHERE id = ? AND revocation IS NOT NULL"),
            arguments: [Data(record.bytes)]
        ).map { DeviceRevocation(rawValue: $0) ?? .retired }
    }

    /// The name of a device, as its record has it.
    func name(ofDevice record: RecordID) throws -> String? {
        try String.fetchOne(
            database.cachedStatement(sql: "SELECT name FROM device WHERE id = ?"),
            arguments: [Data(record.bytes)])
    }

    // MARK: Replays

    /// Notes what a request cited. Nonces of earlier positions are forgotten: a request that cites
    /// one of those is answered with a challenge anyway.
    func noteRequest(of row: DeviceRow, cited: Position, nonce: [UInt8], at time: HubTime) throws {
        if cited > row.cited {
            try database.cachedStatement(sql: "DELETE FROM nonce WHERE device = ?")
                .execute(arguments: [row.device.column])
        }
        try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO nonce (device, nonce) VALUES (?, ?)"
        ).execute(arguments: [row.device.column, Data(nonce)])
        try database.cachedStatement(
            sql: """
                UPDATE hubDevice SET citedEpoch = ?, citedNumber = ?, lastSyncAt = ?,
                    challenge = NULL, challengeUntil = NULL WHERE device = ?
                """
        ).execute(arguments: [
            cited.columns.epoch, cited.columns.number, time.milliseconds, row.device.column,
        ])
    }

    func isKnown(nonce: [UInt8], of device: DeviceID) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM nonce WHERE device = ? AND nonce = ?)"),
            arguments: [device.column, Data(nonce)]) ?? false
    }

    /// Forgets all requests: from now on each device has to answer a challenge first.
    func forgetRequests() throws { try database.execute(sql: "DELETE FROM nonce") }

    func nonceCount(of device: DeviceID) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(sql: "SELECT count(*) FROM nonce WHERE device = ?"),
            arguments: [device.column]) ?? 0
    }

    func set(challenge: [UInt8], until: Int64, of device: DeviceID) throws {
        try database.cachedStatement(
            sql: "UPDATE hubDevice SET challenge = ?, challengeUntil = ? WHERE device = ?"
        ).execute(arguments: [Data(challenge), until, device.column])
    }

    // MARK: Redemptions

    /// Stands for a device that the hub has not got back yet.
    static let unknownRedeemer = DeviceID(rawValue: 0)

    /// The device that redeemed an invitation, nil while nobody has.
    func redeemer(of invitation: RecordID) throws -> DeviceID? {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT device FROM redemption WHERE invitation = ?"),
            arguments: [Data(invitation.bytes)]
        ).map { DeviceID(column: $0) }
    }

    /// Notes who redeemed an invitation; the first one counts, and a device counts for more than the
    /// knowledge that somebody did (``unknownRedeemer``).
    func insertRedemption(of invitation: RecordID, by device: DeviceID) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO redemption (invitation, device) VALUES (?, ?)
                ON CONFLICT (invitation) DO UPDATE SET device = excluded.device
                    WHERE device = \(Self.unknownRedeemer.column)
                """
        ).execute(arguments: [Data(invitation.bytes), device.column])
    }

    /// The device's certificate as signed, nil if unknown.
    func certificate(of device: DeviceID) throws -> [UInt8]? {
        try Data.fetchOne(
            database.cachedStatement(sql: "SELECT certificate FROM deviceKey WHERE device = ?"),
            arguments: [device.column]
        ).map { [UInt8]($0) }
    }

    /// Whether a laptop that wrote as this device goes on as another one of the member.
    func hasSuccessor(_ device: DeviceID, of member: MemberID) throws -> Bool {
        let certificates = try Data.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT certificate FROM deviceKey
                    WHERE member = ? AND certificate IS NOT NULL
                    """), arguments: [Data(member.bytes)])
        guard let hubKey = try tables.key(of: hubDevice()) else { return false }
        return certificates.contains { bytes in
            let certificate = try? DeviceCertificate.Signed(encodedBytes: [UInt8](bytes))
                .verify(hubKey: hubKey)
            return certificate?.predecessor == device
        }
    }

    private func hubDevice() throws -> DeviceID {
        DeviceID(column: try tables.meta.integer(.device) ?? 0)
    }

    /// Whether the invitation's record says that it was revoked.
    func isRevoked(invitation: RecordID) throws -> Bool {
        try tables.flush()
        return try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM invitation WHERE id = ? AND revoked = 1)"),
            arguments: [Data(invitation.bytes)]) ?? false
    }
}
