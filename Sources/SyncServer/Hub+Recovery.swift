import Model
import Replica
import Synchronization

extension Hub {
    /// What the recovery of a hub that was set back has come to.
    struct RecoveryStatus: Sendable {
        /// Whether the hub rules on nothing.
        let isRecovering: Bool
        /// Whether the hub was made from a backup and has written nothing since.
        let isBackup: Bool
        /// Whether it goes on in an epoch of its own, because only its key was left of a hub or
        /// because its folder is a copy, and nobody has shown yet that anything is missing.
        let hasBegunAnew: Bool
        /// When the latest recovery began; nil if the hub was never set back, and in a backup.
        let begunAt: HubTime?
        /// Where the hub's order went on after what it has lost, and where that is.
        let branch: Position?
        let position: Position
        /// Parts of batches that came back, and those that contradict the log.
        let returned: Int
        let refused: Int
        /// Requests and acts that wait for their verdicts.
        let waiting: Int
        let devices: [Device]
        let oversold: [Oversold]
        let doubleBooked: [DoubleBooked]

        struct Device: Sendable {
            let id: DeviceID
            let memberName: String?
            /// Whether it has synced since the recovery began.
            let hasReturned: Bool
        }

        struct Oversold: Sendable {
            let slot: RecordID
            let mentor: MemberID?
            let mentorName: String?
            let start: Int64?
            let capacity: Int64
            let bookings: [Booking]
        }

        struct Booking: Sendable {
            let id: RecordID
            let participant: MemberID?
            let participantName: String?
            let state: BookingState
        }

        struct DoubleBooked: Sendable {
            let person: MemberID
            let name: String?
            let slots: [RecordID]
        }
    }

    func recoveryStatus() throws -> RecoveryStatus {
        let devices = try devices()
        let names = Dictionary(
            try members().compactMap { row in row.name.map { (row.id, $0) } },
            uniquingKeysWith: { first, _ in first })
        return try database.read { store in
            let isBackup = try store.hubMeta.integer(.isBackup) == 1
            // What the hub had been through before the backup is not what it is in now.
            let recovery = isBackup ? nil : try store.latestRecovery()
            let lineage = try store.tables.lineage()
            return RecoveryStatus(
                isRecovering: try store.isRecovering(), isBackup: isBackup,
                hasBegunAnew: !isBackup && recovery == nil && lineage.present > Lineage.firstEpoch,
                begunAt: recovery?.begunAt, branch: lineage.branches[lineage.present],
                position: try store.head(),
                returned: try store.count("SELECT count(*) FROM returned"),
                refused: Int(try store.hubMeta.integer(.refusedReturns) ?? 0),
                waiting: try store.count("SELECT count(*) FROM waitingAct"),
                devices: devices.filter { $0.revocation == nil }.map { device in
                    RecoveryStatus.Device(
                        id: device.id, memberName: device.memberName,
                        hasReturned: recovery.map { recovery in
                            device.lastSyncAt.map { $0 >= recovery.begunAt } ?? false
                        } ?? !isBackup)
                },
                oversold: try store.oversoldSlots().map { try oversold($0, names, store) },
                doubleBooked: try store.doubleBooked().map {
                    RecoveryStatus.DoubleBooked(
                        person: $0.person, name: names[$0.person], slots: $0.slots)
                })
        }
    }

    private func oversold(
        _ slot: HubStore.Oversold, _ names: [MemberID: String], _ store: HubStore
    ) throws -> RecoveryStatus.Oversold {
        RecoveryStatus.Oversold(
            slot: slot.slot, mentor: slot.scope.mentor,
            mentorName: slot.scope.mentor.flatMap { names[$0] }, start: slot.start,
            capacity: slot.capacity,
            bookings: try slot.bookings.compactMap { booking in
                try store.status(of: booking).map {
                    RecoveryStatus.Booking(
                        id: booking, participant: $0.scope.participant,
                        participantName: $0.scope.participant.flatMap { names[$0] },
                        state: $0.state)
                }
            })
    }

    /// Ends the recovery: the hub rules on what has waited, in the order of its admission, and on
    /// everything from now on. What comes back later is taken all the same.
    ///
    /// - Returns: how many requests and acts got their verdicts.
    @discardableResult
    func endRecovery(now: HubTime) throws -> Int {
        try database.write { store in
            let ledger = try ledger(store, at: now)
            let time = try ledger.orderTime(now)
            guard try store.isRecovering() else {
                throw HubError(
                    .refused, "The hub is in no recovery.",
                    hint: "Nothing is to be done; it rules as always.")
            }
            let count = try store.count("SELECT count(*) FROM waitingAct")
            try store.endRecovery(at: store.head())
            while true {
                let (sets, isAll) = try Referee.ruleOnWaiting(ledger, now: time)
                if !sets.isEmpty { try ledger.say(sets, at: time) }
                if isAll { return count }
            }
        }
    }

    // MARK: Serving

    /// Must be called before a hub is served. A folder that was copied, or put back as it once was,
    /// goes on in a new epoch, so that nothing it says can be taken for what was said before.
    ///
    /// That is no recovery yet, because the folder may have been moved and nothing be lost. A laptop
    /// that has seen more begins one.
    func beginServing(now: HubTime) throws {
        let found = folder.mark
        let made = try folder.makeMark()
        isServing.withLock { $0 = true }
        try database.write { store in
            let before = try store.head().epoch
            let ledger = try ledger(store, at: now)
            let known = try store.hubMeta.text(.serveMark)
            // One that was restored is in an epoch of its own by now. That nothing stands in an epoch
            // yet does not tell: the copy may be from before the first word in it.
            let hasOpened = try store.head().epoch != before
            if let known, known != found, !hasOpened { try ledger.openEpoch() }
            try store.hubMeta.set(.serveMark, text: made)
        }
    }
}
