import Model
import Replica

/// Rules on what only one person can have, and writes what only the hub may write.
///
/// Runs in the transaction that admits a request, so a verdict stands as soon as the request does.
/// One verdict for each request and each act, written once; the same request by any road and any
/// number of times is the same record and so has the same verdict. `protocol/bookings.md` says it
/// for writers of clients.
struct Referee {
    let ledger: Ledger
    let now: HubTime
    var sets: [Ledger.HubChangeSet] = []
    var touchedSlots: [Slot] = []
    /// Slots for which requests have begun to gather, and no batch that has just come says so.
    var gatheringSlots: [Slot] = []
    private var ratedMentors: [MemberID] = []
    private var metMentors: [MemberID] = []
    /// What the hub had said, where a log is replayed: of a choice whose grounds were erased since,
    /// the record counts.
    private(set) var recorded: HubStore?
    /// Offers by topic, once somebody has asked for them.
    var offers: [String: [HubStore.OfferPlace]]?
    /// For how many more requests and moves it looks for free slots to offer: that is the dearest of
    /// all, and who refuses thousands at once need not do it for each.
    var offersLeft = 500
    /// Open requests of which what had come is cancelled already.
    var cancelledRequests: Set<RecordID> = []

    struct Slot: Hashable {
        let record: RecordID
        let mentor: MemberID
    }

    /// How many holds one transaction lets expire.
    private static let expiriesMax = 1000

    init(_ ledger: Ledger, now: HubTime, recorded: HubStore? = nil) {
        self.ledger = ledger
        self.now = now
        self.recorded = recorded
    }

    var store: HubStore { ledger.store }

    /// The schema since which the number of a mentor's sessions is written.
    private static let sessionsSince: UInt32 = 3

    /// What the hub has to say after a batch, nothing if nothing. What it says hangs on the schema
    /// of who wrote the batch, and not on the hub's, so that a log of before is ruled on as it was.
    static func rule(
        on events: AdmittedEvents, _ ledger: Ledger, now: HubTime, schema: UInt32,
        recorded: HubStore? = nil
    ) throws -> [Ledger.HubChangeSet] {
        // While it recovers, the hub may lack what it has promised already.
        let erasures = try ledger.extending(events)
        guard try !ledger.store.isRecovering(at: ledger.store.head()) else { return erasures }
        var referee = Referee(ledger, now: now, recorded: recorded)
        for event in events.events {
            switch event {
            case .request(let booking, let scope, let device):
                try referee.rule(onRequest: booking, in: scope, by: device)
            case .act(let act, let scope):
                try referee.rule(onAct: act, in: scope, isNew: true)
            case .feedback(let feedback, let scope, let device):
                try referee.note(feedback: feedback, in: scope, by: device)
            case .openRequest(let request, let scope, _, _):
                try referee.rule(onOpenRequest: request, in: scope)
            case .loan(let slot, let scope, let device, let isWanted):
                try referee.rule(onLoan: slot, in: scope, by: device, isWanted: isWanted)
            }
        }
        if schema < sessionsSince { referee.metMentors = [] }
        referee.gatheringSlots = []
        return try erasures + referee.finished()
    }

    /// What the hub has to say because time has passed: holds whose start came are refused, slots
    /// whose time has come are decided, and what was lent to a device that was revoked comes back.
    static func expire(_ ledger: Ledger, now: HubTime) throws -> [Ledger.HubChangeSet] {
        guard try !ledger.store.isRecovering(at: ledger.nextPosition()) else { return [] }
        var referee = Referee(ledger, now: now)
        for status in try ledger.store.expiredHolds(at: now, limit: expiriesMax) {
            var status = status
            let reason: VerdictReason = status.state == .waitlisted ? .slotTaken : .expired
            status.state = .refused
            try referee.conclude(status, act: nil, reason: reason)
        }
        for slot in try ledger.store.slotsToDecide(at: now) {
            try referee.decide(slot)
        }
        for loan in try ledger.store.loansToRevoked() where try !referee.goesOn(loan) {
            try referee.end(loan)
        }
        return try referee.finished()
    }

    /// How many acts that have waited are ruled on with one batch.
    static let waitingMax = 200

    /// What the hub has to say to what has waited: everything, or what one device gave back.
    ///
    /// - Returns: the change sets, and whether nothing is left.
    static func ruleOnWaiting(
        givenBackBy giver: DeviceID? = nil, _ ledger: Ledger, now: HubTime,
        recorded: HubStore? = nil
    ) throws -> (sets: [Ledger.HubChangeSet], isAll: Bool) {
        var referee = Referee(ledger, now: now, recorded: recorded)
        for slot in try ledger.store.slotsToDecide(at: now) { try referee.decide(slot) }
        let acts = try ledger.store.waitingActs(givenBackBy: giver, limit: waitingMax)
        for act in acts {
            try ledger.store.stopWaiting(act.record)
            switch act.kind {
            case .request: try referee.rule(onRequest: act.record, in: act.scope, by: act.device)
            case .act: try referee.rule(onAct: act.record, in: act.scope, isNew: false)
            case .openRequest: try referee.rule(onOpenRequest: act.record, in: act.scope)
            }
        }
        let isAll = acts.count < waitingMax
        referee.metMentors = []
        if isAll { try referee.noteOtherCounts() }
        return (try referee.finished(), isAll)
    }

    /// What is shown may be what the hub said before it was set back.
    private mutating func noteOtherCounts() throws {
        for loan in try store.loans() where try !isWanted(loan) { try end(loan) }
        for request in try store.cancelledOpenRequests() { try cancelBookings(of: request) }
        for (slot, scope) in try store.slotsOutOfStep() {
            guard let mentor = scope.mentor else { continue }
            touchedSlots.append(Slot(record: slot, mentor: mentor))
        }
        ratedMentors += try store.ratedMentors()
    }

    // MARK: Acts

    /// Rules on an act; a new one waits if its request does, which came back, until who gives that
    /// back has given back all.
    private mutating func rule(onAct act: RecordID, in scope: Scope, isNew: Bool) throws {
        guard
            let values = try ledger.facts.values(
                of: act, entity: Schema.bookingAct.id, in: scope),
            let booking = values[Fields.BookingAct.booking]?.reference
        else { return }
        if isNew, try store.giver(ofWaiting: booking) != nil {
            return try ledger.wait(
                .act(act, scope: scope), admitted: store.head(), giver: nil)
        }
        guard
            let kind = values[Fields.BookingAct.kind]?.integer
                .flatMap(BookingActKind.init(rawValue:)),
            let status = try store.status(of: booking), status.scope == scope,
            try store.markRuled(act)
        else { return }
        switch outcome(of: kind, on: status) {
        case .success where kind.isAboutMoves:
            try rule(onMove: act, kind, values, status)
        case .success where kind == .grant:
            try rule(onGrant: act, values, status)
        case let outcome:
            try conclude(status, act: act, with: outcome)
        }
    }

    /// What an act makes of a booking now, or why it has no effect.
    func outcome(
        of kind: BookingActKind, on status: HubStore.BookingStatus
    ) -> Result<BookingState, BookingMachine.Ineffective> {
        let hasStarted = (status.slot?.start).map { $0 <= now.milliseconds } ?? false
        return BookingMachine.apply(kind, to: status.state, hasStarted: hasStarted)
    }

    /// Writes the verdict on an act that does nothing but what the machine says.
    mutating func conclude(
        _ status: HubStore.BookingStatus, act: RecordID,
        with outcome: Result<BookingState, BookingMachine.Ineffective>
    ) throws {
        switch outcome {
        case .success(let state):
            var status = status
            status.state = state
            try conclude(status, act: act, reason: nil)
        case .failure(let ineffective):
            try conclude(status, act: act, reason: ineffective.reason)
        }
    }

    /// Writes a verdict and keeps the books in step with it.
    mutating func conclude(
        _ status: HubStore.BookingStatus, act: RecordID?, reason: VerdictReason?,
        offers: [RecordID] = []
    ) throws {
        guard let mentor = status.scope.mentor, let participant = status.scope.participant else {
            preconditionFailure("A booking lies in the scope of a pair.")
        }
        let before = try store.status(of: status.booking)
        let verdict = try ledger.newRecordID()
        var status = status
        // An act without effect leaves whoever waits at their place, and who gathers with the others.
        if before?.state != .waitlisted { status.queue = verdict.counter }
        if before?.state == .requested, status.state != .requested {
            try store.stopGathering(status.booking)
        }
        try store.set(status)
        if let slot = status.slot {
            if before?.state.takesSeat ?? false, !status.state.takesSeat {
                try store.free(
                    slot, of: status.booking, participant: participant, mentor: mentor)
            }
            if before?.state.takesSeat ?? false != status.state.takesSeat {
                touchedSlots.append(Slot(record: slot.slot, mentor: mentor))
            }
        }
        if status.state == .completed, before?.state != .completed { metMentors.append(mentor) }
        var values: [FieldID: Value] = [
            Fields.BookingVerdict.booking: .reference(status.booking),
            Fields.BookingVerdict.state: .integer(status.state.rawValue),
            Fields.BookingVerdict.at: .integer(now.milliseconds),
        ]
        values[Fields.BookingVerdict.act] = act.map { .reference($0) }
        values[Fields.BookingVerdict.slot] = status.slot.map { .reference($0.slot) }
        values[Fields.BookingVerdict.reason] = reason.map { .integer($0.rawValue) }
        if !offers.isEmpty {
            values[Fields.BookingVerdict.alternatives] = .list(offers.map { .reference($0) })
        }
        let changes = ledger.creation(
            of: Schema.bookingVerdict, verdict, values)
        sets.append(Ledger.HubChangeSet([(status.scope, changes)]))
    }

    // MARK: Feedback

    private mutating func note(
        feedback: RecordID, in scope: Scope, by device: DeviceID
    ) throws {
        guard let mentor = scope.mentor,
            try ledger.facts.member(of: device) == scope.participant,
            let values = try ledger.facts.values(
                of: feedback, entity: Schema.feedback.id, in: scope),
            let booking = values[Fields.Feedback.booking]?.reference,
            let rating = values[Fields.Feedback.rating]?.integer
        else { return }
        try store.setRating(rating, of: booking, mentor: mentor)
        ratedMentors.append(mentor)
    }

    // MARK: What follows

    /// The change sets, with the counts that everybody may see.
    private mutating func finished() throws -> [Ledger.HubChangeSet] {
        try promote()
        for slot in Set(touchedSlots + gatheringSlots).sorted(by: { $0.record < $1.record }) {
            let scope = Scope.slots(of: slot.mentor)
            let taken = Int64(try store.seatsTaken(of: slot.record))
            let shown = try ledger.facts.values(
                of: slot.record, entity: Schema.slot.id, in: scope)?[Fields.Slot.taken]?.integer
            // Or the log would not tell when they began to gather.
            guard taken != shown ?? 0 || gatheringSlots.contains(slot) else { continue }
            let change = ledger.setting(
                Fields.Slot.taken, of: slot.record, Schema.slot, to: .integer(taken))
            sets.append(Ledger.HubChangeSet([(scope, [change])]))
        }
        for mentor in Set(ratedMentors + metMentors).sorted() {
            var counts: [(FieldID, Int64)] = []
            if ratedMentors.contains(mentor) {
                let ratings = try store.ratings(of: mentor)
                counts = [
                    (Fields.Profile.ratingSum, ratings.sum),
                    (Fields.Profile.ratingCount, ratings.count),
                ]
            }
            if metMentors.contains(mentor) {
                counts.append((Fields.Profile.sessions, try store.sessions(of: mentor)))
            }
            let shown =
                try ledger.facts.values(
                    of: mentor.recordID, entity: Schema.profile.id, in: .programme) ?? [:]
            var changes: [Change] = []
            for (field, number) in counts where shown[field]?.integer != number {
                changes.append(
                    ledger.setting(
                        field, of: mentor.recordID, Schema.profile, to: .integer(number)))
            }
            if !changes.isEmpty { sets.append(Ledger.HubChangeSet([(.programme, changes)])) }
        }
        return sets
    }
}
