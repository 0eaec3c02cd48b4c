import Foundation
import GRDB
import Model
import Wire

/// Where a replica stands: what is unsent, what waits, what needs somebody's eye.
package struct ReplicaStatus: Sendable {
    /// Changes that the hub has not got or not answered, and the records they are of.
    package var unsentChanges = 0
    package var unsentRecords = 0
    /// Bookings on which the hub has not ruled, or not on the latest act.
    package var waitingBookings = 0
    /// Open conflicts that the member may settle, and those that others have to.
    package var conflicts = 0
    package var conflictsOfOthers = 0
    package var rejected = 0
    /// Notifications that the member has not read.
    package var unread = 0
    /// Changes that this version cannot apply, of anybody.
    package var setAside = 0
    /// Whether everything that the member may read is here.
    package var isComplete = false
    /// Whether the log is whole, too: nothing is missing that lies behind a snapshot.
    package var hasWholeHistory = false
    /// Whether the hub was set back and has not got everything from here yet that it lacks.
    package var isGivingBack = false
    /// Whether a bundle told that this laptop was restored from a backup or is a copy, and no sync has
    /// seen to it yet.
    package var isForked = false
    package var account = Account()

    package init() {}
}

extension Replica {
    /// Fewer changes than this are counted in less time than it takes to keep the result.
    private static let countedAnewMin = 1000

    /// Works out where the replica stands, and keeps what was counted for the account, so that it
    /// need not be counted again.
    package func status() throws -> ReplicaStatus {
        let (status, counted, countedAnew) = try read { try $0.statusAndCount() }
        // What cannot be kept, on a full disk or while another program writes, is counted again the
        // next time.
        if countedAnew >= Self.countedAnewMin { try? keep(counted) }
        return status
    }

    func keep(_ counted: CountedWork) throws {
        try writer.write { try Meta($0).set(.countedWork, bytes: counted.encoded) }
    }
}

extension ReplicaReader {
    /// Works out where the replica stands. Reads of this device's log for the account what changed
    /// since ``Replica/status()`` was asked the last time.
    package func status() throws -> ReplicaStatus { try statusAndCount().status }

    fileprivate func statusAndCount() throws -> (
        status: ReplicaStatus, counted: CountedWork, countedAnew: Int
    ) {
        var status = ReplicaStatus()
        (status.unsentChanges, status.unsentRecords) = try unsent()
        status.waitingBookings = try waitingBookingCount()
        status.conflicts = try conflictsToSettle().count
        status.conflictsOfOthers = try openConflictCount() - status.conflicts
        status.rejected = try count("SELECT count(*) FROM rejected")
        status.unread = try unreadNotifications().count
        let scopes = try store.allScopes()
        status.setAside = scopes.reduce(0) { $0 + $1.setAside }
        status.isComplete =
            try store.meta.integer(.incomplete) ?? 0 == 0
            && !scopes.contains { $0.status == .catchingUp }
        status.hasWholeHistory = try !scopes.contains { try store.lacksHistory($0) }
        status.isGivingBack = try store.givenBack() != nil && store.meta.integer(.renewal) == nil
        status.isForked = try store.meta.integer(.forked) == 1
        let common = try store.commonCondition(of: identity)
        let (account, counted, countedAnew) = try store.count(
            of: identity, since: CountedWork.kept(store.meta, common: common))
        status.account = account
        return (status, counted, countedAnew)
    }

    /// How many changes the hub has not got or not answered, and of how many records.
    package func unsent() throws -> (changes: Int, records: Int) {
        var count = 0
        var records: Set<RecordID> = []
        func note(_ changes: [Change]) {
            count += changes.count
            for change in changes { records.insert(change.record) }
        }
        for set in try store.pendingSets() {
            for part in set.parts { note(part.changes) }
        }
        for tail in try store.tailSets() {
            for part in tail.set.parts { note(part.changes) }
        }
        for section in try unsentSections() { note(section.changeSets.flatMap(\.changes)) }
        return (count, records.count)
    }

    /// How many conflicts are open.
    package func openConflictCount() throws -> Int {
        try count("SELECT count(*) FROM conflict")
    }

    /// What the hub refused, the newest first.
    package func rejectedItems() throws -> [RejectedItem] { try store.rejectedItems() }

    private func unsentSections() throws -> [Section] {
        // A damaged one is doctor's business.
        try Row.fetchAll(
            store.database,
            sql: StoreTransaction.LoggedSection.selectSQL
                + """
                 WHERE device = ? AND epoch IS NULL AND sequence IN (
                    SELECT sequence FROM batch WHERE batch.device = section.device AND state = 0)
                """,
            arguments: [identity.device.column]
        ).compactMap { try? StoreTransaction.LoggedSection($0).content.open() }
    }

    private func count(_ sql: String) throws -> Int {
        try store.flush()
        return try Int.fetchOne(store.database.cachedStatement(sql: sql)) ?? 0
    }
}
