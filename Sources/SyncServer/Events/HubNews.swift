import Foundation
import GRDB
import Model
import Replica

/// What has happened in the hub's order since somebody looked: whose devices have something to fetch.
struct HubNews: Equatable, Sendable {
    /// The end of the order.
    let head: Position
    /// Who may read something new, has gained or lost access to something, or has sent a batch.
    var members: Set<MemberID> = []
    /// Whether something is new that all members read.
    var isForAll = false
    /// Devices that may listen no longer.
    var endedDevices: Set<DeviceID> = []
}

extension HubStore {
    /// What has happened after a position; nil if nothing has.
    ///
    /// It reads what is durable, so that it does not matter who wrote it: a request, an expired hold
    /// or an admin's command in another process.
    func news(after position: Position) throws -> HubNews? {
        let head = try head()
        guard head != position else { return nil }
        var news = HubNews(head: head)
        let place: StatementArguments = [position.columns.epoch, position.columns.number]
        let scopes = try Int64.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT section.scope FROM batch CROSS JOIN section
                        ON section.device = batch.device AND section.sequence = batch.sequence
                    WHERE (batch.epoch, batch.number) > (?1, ?2) AND section.released = 1
                    UNION
                    SELECT section.scope FROM returned CROSS JOIN section
                        ON section.device = returned.device
                        AND section.sequence = returned.sequence
                    WHERE (returned.epoch, returned.number) > (?1, ?2) AND section.released = 1
                    """), arguments: place)
        var isProgrammeTouched = false
        for key in scopes {
            switch try tables.scope(key: key).scope.kind {
            case .programme:
                news.isForAll = true
                isProgrammeTouched = true
            case .slots: news.isForAll = true
            case .participant, .pair, .own, .contact, .invitations:
                news.members.formUnion(try readers(ofScope: key))
            }
        }
        news.members.formUnion(
            try members(
                """
                SELECT DISTINCT hubDevice.member FROM batch JOIN hubDevice USING (device)
                WHERE (batch.epoch, batch.number) > (?1, ?2)
                """, place))
        news.members.formUnion(
            try members(
                """
                SELECT member FROM scopeGrant WHERE (fromEpoch, fromNumber) > (?1, ?2)
                UNION
                SELECT member FROM scopeGrant
                WHERE untilNumber IS NOT NULL AND (untilEpoch, untilNumber) > (?1, ?2)
                """, place))
        // Devices and members are records of the programme.
        if isProgrammeTouched { news.endedDevices = try devicesWithoutStanding() }
        return news
    }

    /// What is to be said where it is not known what has happened.
    func newsForAll() throws -> HubNews {
        HubNews(
            head: try head(), isForAll: true, endedDevices: try devicesWithoutStanding())
    }

    /// Whether a device of a member has something to fetch after a position, or is somewhere else
    /// altogether.
    func hasNews(for device: DeviceRow, after position: Position) throws -> Bool {
        let head = try head()
        guard position != head else { return false }
        guard position.epoch == head.epoch, position < head else { return true }
        let hasChanged = try grants(of: device.member).contains { grant in
            if let until = grant.until { return until > position }
            return grant.from > position || grant.scope.cursor > position
        }
        return try hasChanged
            || !ownBatches(of: device.device, after: position, through: head).isEmpty
    }

    private func readers(ofScope key: Int64) throws -> Set<MemberID> {
        try members(
            "SELECT member FROM scopeGrant WHERE scope = ? AND untilNumber IS NULL", [key])
    }

    private func members(_ sql: String, _ arguments: StatementArguments) throws -> Set<MemberID> {
        Set(
            try Data.fetchAll(database.cachedStatement(sql: sql), arguments: arguments)
                .compactMap { MemberID(bytes: $0) })
    }

    /// Devices that were revoked, and those of members who take no part.
    private func devicesWithoutStanding() throws -> Set<DeviceID> {
        let devices = try Int64.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT hubDevice.device FROM hubDevice
                        JOIN device ON device.id = hubDevice.record
                    WHERE device.revocation IS NOT NULL
                    UNION
                    SELECT hubDevice.device FROM hubDevice
                        LEFT JOIN profile ON profile.id = hubDevice.member
                    WHERE profile.state IS NOT ?
                    """), arguments: [MemberState.active.rawValue])
        return Set(devices.map { DeviceID(column: $0) })
    }
}
