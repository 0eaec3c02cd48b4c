import Model

/// What applying a page did, for the report.
struct PageOutcome {
    var pushedBatches = 0
    var pushedChanges = 0
    var pulledBatches = 0
    var pulledChanges = 0
    var verdicts: [RecordID] = []
    /// What the member has to know.
    var news = 0
    /// Changes of others that had come by bundle and do not count at the hub.
    var withdrawn = 0
    var rejected: [[UInt8]] = []
    /// Ids of items that were rejected and are no more.
    var admittedAfterAll: [[UInt8]] = []
    var departedScopes: [Scope] = []
    var gainedScopes: [Scope] = []
    var refusedBatches: [String] = []
    var waitingBatches = 0
    /// Whether those that wait at the hub are sent again, because it does not know what follows them.
    var hasResentWaiting = false
    /// Whether the hub has taken one that had waited.
    var hasTakenWaiting = false
    var renamedRecords = 0
    var snapshotRecords = 0
    var historiesCompleted = 0
    /// Snapshots that were begun, or on which a scope rested, and are given up.
    var droppedSnapshots = 0
    /// Sections from which texts were erased.
    var restatedSections = 0
}

extension SyncReport {
    mutating func add(_ page: PageOutcome) {
        pushedBatches += page.pushedBatches
        pushedChanges += page.pushedChanges
        pulledBatches += page.pulledBatches
        pulledChanges += page.pulledChanges
        verdicts += page.verdicts
        news += page.news
        withdrawn += page.withdrawn
        rejected += page.rejected
        rejected.removeAll { page.admittedAfterAll.contains($0) }
        departedScopes += page.departedScopes
        gainedScopes += page.gainedScopes
        refusedBatches += page.refusedBatches
        waitingBatches += page.waitingBatches
        hasTakenWaiting = hasTakenWaiting || page.hasTakenWaiting
        hasResentWaiting = hasResentWaiting || page.hasResentWaiting
        renamedRecords += page.renamedRecords
        snapshotRecords += page.snapshotRecords
        historiesCompleted += page.historiesCompleted
    }
}
