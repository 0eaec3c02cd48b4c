package import Model

/// What a sync did.
package struct SyncReport: Sendable {
    package var pushedBatches = 0
    package var pushedChanges = 0
    package var pulledBatches = 0
    package var pulledChanges = 0
    /// Verdicts that came with this sync, in the hub's order.
    package var verdicts: [RecordID] = []
    /// How many notifications are new.
    package var news = 0
    /// Changes of others that had come by bundle, do not count at the hub, and are gone here.
    package var withdrawn = 0
    /// Ids of rejected items that are new.
    package var rejected: [[UInt8]] = []
    package var roundTrips = 0
    package var bytesSent = 0
    package var bytesReceived = 0
    package var hubTime: HubTime?
    /// Scopes that left this replica.
    package var departedScopes: [Scope] = []
    package var gainedScopes: [Scope] = []
    /// Batches the hub refused whole, with its code.
    package var refusedBatches: [String] = []
    /// The device that this laptop was before it got a new key in this sync.
    package var formerDevice: DeviceID?
    /// Unsent records that got new ids with the new key.
    package var renamedRecords = 0
    /// Batches of a newer schema that the hub keeps until it is updated.
    package var waitingBatches = 0
    /// Whether the hub has taken one that had waited.
    var hasTakenWaiting = false
    /// Whether all that wait were sent once more.
    var hasResentWaiting = false
    /// What the hub had lost and got back from this device.
    package var returnedBatches = 0
    package var returnedChanges = 0
    /// Records that came with snapshots, without the changes that made them.
    package var snapshotRecords = 0
    /// Scopes whose log has become whole.
    package var historiesCompleted = 0
    /// Bytes of answers that brought what lies behind snapshots.
    var historyBytes = 0
    /// Whether the hub rules on nothing until an admin ends its recovery.
    package var hubIsRecovering = false

    /// What became of other people's parcels.
    package var freight = FreightReport()

    /// How many of the batches that have waited the next request takes: one, to see whether the hub
    /// lets them wait still, and all once it does not.
    var waitingMax: Int {
        if waitingBatches > 0 { return 0 }
        return hasTakenWaiting ? Int.max : 1
    }

    package init() {}
}
