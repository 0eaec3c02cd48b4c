import Model
import Replica

/// Counts and sizes of a hub.
struct HubStatus: Sendable {
    let position: Position
    let isBackup: Bool
    let members: Int
    let suspended: Int
    let batches: Int
    let changes: Int
    let waiting: Int
    let scopes: Int
    let bookings: Int
    let bytes: Int
    let lastTime: HubTime
}

extension Hub {
    func status() throws -> HubStatus {
        let sizes = folder.databaseBytes
        return try database.read { store in
            HubStatus(
                position: try store.head(),
                isBackup: try store.hubMeta.integer(.isBackup) == 1,
                members: try store.count("SELECT count(*) FROM profile WHERE role IS NOT NULL"),
                suspended: try store.count(
                    "SELECT count(*) FROM profile WHERE state = \(MemberState.suspended.rawValue)"),
                batches: try store.count("SELECT count(*) FROM batch WHERE state = 1"),
                changes: try store.changeCount(besides: device),
                waiting: try store.count("SELECT count(*) FROM parkedBatch"),
                scopes: try store.count(
                    "SELECT count(*) FROM scope WHERE openedNumber IS NOT NULL"),
                bookings: try store.count("SELECT count(*) FROM bookingStatus"),
                bytes: sizes.file + sizes.log,
                lastTime: HubTime(milliseconds: try store.hubMeta.integer(.lastTime) ?? 0))
        }
    }
}

extension HubStore {
    /// Changes of members, by their numbers, and of the hub, whose numbers leave gaps where a new
    /// epoch began.
    fileprivate func changeCount(besides hub: DeviceID) throws -> Int {
        let members = try count(
            "SELECT coalesce(sum(lastNumber), 0) FROM deviceProgress WHERE device <> \(hub.column)")
        guard try head().epoch > Lineage.firstEpoch else {
            return try members
                + count(
                    "SELECT coalesce(sum(lastNumber), 0) FROM deviceProgress WHERE device = \(hub.column)"
                )
        }
        return try members + changeCount(inSectionsOf: hub)
    }
}
