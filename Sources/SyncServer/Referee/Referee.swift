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
    private var sets: [Ledger.HubChangeSet] = []
    var touchedSlots: [Slot] = []
    private var ratedMentors: [MemberID] = []
    private var metMentors: [MemberID] = []

    struct Slot: Hashable {
        let record: RecordID
        let mentor: MemberID
    }

    /// Why a seat could not be taken.
    enum Attempt {
        case taken(HubStore.SlotTime, isInstant: Bool)
        case failed(VerdictReason, HubStore.SlotTime?)
    }

    /// How many holds one transaction lets expire.
    private static let expiriesMax = 1000
    /// How many free slots are looked at for three to offer.
    private static let offersLookedAt = 32

    init(_ ledger: Ledger, now: HubTime) {
        self.ledger = ledger
        self.now = now
    }

    var store: HubStore { ledger.store }

    /// The schema since which the number of a mentor's sessions is written.
    private static let sessionsSince: UInt32 = 3

    /// What the hub has to say after a batch, nothing if nothing. What it says hangs on the schema
    /// of who wrote the batch, and not on the hub's, so that a log of before is ruled on as it was.
    static func rule(
        on events: AdmittedEvents, _ ledger: Ledger, now: HubTime, schema: UInt32
    ) throws -> [Ledger.HubChangeSet] {
        // While it recovers, the hub may lack what it has promised already.
        let erasures = try events.erasures.compactMap { try ledger.extending($0) }
        guard try !ledger.store.isRecovering(at: ledger.store.head()) else { return erasures }
        var referee = Referee(ledger, now: now)
        for event in events.events {
            switch event {
            case .request(let booking, let scope, let device):
                try referee.rule(onRequest: booking, in: scope, by: device)
            case .act(let act, let scope):
                try referee.rule(onAct: act, in: scope)
            case .feedback(let feedback, let scope, let device):
                try referee.note(feedback: feedback, in: scope, by: device)
            }
        }
        if schema < sessionsSince { referee.metMentors = [] }
        return try erasures + referee.finished()
    }

    /// What the hub has to say because time has passed: holds whose start came are refused.
    static func expire(_ ledger: Ledger, now: HubTime) throws -> [Ledger.HubChangeSet] {
        guard try !ledger.store.isRecovering(at: ledger.nextPosition()) else { return [] }
        var referee = Referee(ledger, now: now)
        for status in try ledger.store.expiredHolds(at: now, limit: expiriesMax) {
            var status = status
            let reason: VerdictReason = status.state == .waitlisted ? .slotTaken : .expired
            status.state = .refused
            try referee.conclude(status, act: nil, reason: reason)
        }
        return try referee.finished()
    }

    /// How many acts that have waited are ruled on with one batch.
    static let waitingMax = 200

    /// What the hub has to say to what has waited: everything, or what one device gave back.
    ///
    /// - Returns: the change sets, and whether nothing is left.
    static func ruleOnWaiting(
        givenBackBy giver: DeviceID? = nil, _ ledger: Ledger, now: HubTime
    ) throws -> (sets: [Ledger.HubChangeSet], isAll: Bool) {
        var referee = Referee(ledger, now: now)
        let acts = try ledger.store.waitingActs(givenBackBy: giver, limit: waitingMax)
        for act in acts {
            try ledger.store.stopWaiting(act.record)
            switch act.kind {
            case .request: try referee.rule(onRequest: act.record, in: act.scope, by: act.device)
            case .act: try referee.rule(onAct: act.record, in: act.scope)
            }
        }
        let isAll = acts.count < waitingMax
        referee.metMentors = []
        if isAll { try referee.noteOtherCounts() }
        return (try referee.finished(), isAll)
    }

    /// What is shown may be what the hub said before it was set back.
    private mutating func noteOtherCounts() throws {
        for (slot, scope) in try store.slotsWithOtherCount() {
            guard let mentor = scope.mentor else { continue }
            touchedSlots.append(Slot(record: slot, mentor: mentor))
        }
        ratedMentors += try store.ratedMentors()
    }

    // MARK: Requests

    private mutating func rule(
        onRequest booking: RecordID, in scope: Scope, by device: DeviceID
    ) throws {
        guard let mentor = scope.mentor, let participant = scope.participant,
            let values = try ledger.facts.values(
                of: booking, entity: Schema.booking.id, in: scope),
            let first = values[Fields.Booking.slot]?.reference,
            try store.markRuled(booking)
        else { return }
        var choices: [RecordID] = []
        for choice in [first]
            + (values[Fields.Booking.alternates]?.list ?? [])
            .compactMap(\.reference)
        where !choices.contains(choice) {
            choices.append(choice)
        }
        var firstFailure: (reason: VerdictReason, time: HubStore.SlotTime?)?
        for choice in choices {
            let attempt = try take(
                choice, for: booking, mentor: mentor, participant: participant)
            switch attempt {
            case .failed(let reason, let time):
                if firstFailure == nil { firstFailure = (reason, time) }
            case .taken(let time, let isInstant):
                let isByMentor = try ledger.facts.member(of: device) == mentor
                let status = HubStore.BookingStatus(
                    booking: booking, scope: scope,
                    state: BookingMachine.granted(isInstant: isInstant, byMentor: isByMentor),
                    slot: time, move: nil)
                return try conclude(status, act: booking, reason: nil)
            }
        }
        // Only a seat can become free; who is busy then may be busy still.
        let waits =
            firstFailure?.reason == .slotTaken && values[Fields.Booking.waits]?.isTrue ?? false
        let status = HubStore.BookingStatus(
            booking: booking, scope: scope, state: waits ? .waitlisted : .refused,
            slot: waits ? firstFailure?.time : nil, move: nil)
        let offers = try offers(
            near: firstFailure?.time?.start ?? now.milliseconds, mentor: mentor,
            participant: participant, besides: choices)
        try conclude(
            status, act: booking, reason: firstFailure?.reason ?? .slotUnknown, offers: offers)
    }

    /// Tries to take a seat of a slot and both people's time, and to give the seat back that the
    /// booking has: all of it or nothing. `keeps` is told whether the slot is instant and may say
    /// that everything is left as it was although the seat could be taken.
    func take(
        _ slot: RecordID, for booking: RecordID, mentor: MemberID, participant: MemberID,
        leaving old: HubStore.SlotTime? = nil, keeps: (Bool) -> Bool = { _ in true }
    ) throws -> Attempt {
        let scope = Scope.slots(of: mentor)
        guard let values = try ledger.facts.values(of: slot, entity: Schema.slot.id, in: scope),
            let start = values[Fields.Slot.start]?.integer,
            let minutes = values[Fields.Slot.minutes]?.integer,
            let capacity = values[Fields.Slot.capacity]?.integer
        else { return .failed(.slotUnknown, nil) }
        let time = HubStore.SlotTime(slot: slot, start: start, minutes: minutes)
        if values[Fields.Slot.withdrawn]?.isTrue ?? false { return .failed(.slotWithdrawn, time) }
        guard start > now.milliseconds else { return .failed(.slotStarted, time) }
        let isInstant = values[Fields.Slot.instant]?.isTrue ?? false
        var reason: VerdictReason?
        _ = try store.attempt {
            if let old {
                try store.free(old, of: booking, participant: participant, mentor: mentor)
            }
            if try !store.takeSeat(of: slot, capacity: capacity, for: booking) {
                reason = .slotTaken
            } else if try store.isAway(participant, during: time)
                || !store.takeTime(of: participant, for: time, mayShare: false)
            {
                reason = .participantBusy
            } else if try store.isAway(mentor, during: time)
                || !store.takeTime(of: mentor, for: time, mayShare: true)
            {
                reason = .mentorBusy
            }
            return reason == nil && keeps(isInstant)
        }
        return reason.map { .failed($0, time) } ?? .taken(time, isInstant: isInstant)
    }

    /// Up to three slots of the mentor that the participant could have instead.
    func offers(
        near instant: Int64, mentor: MemberID, participant: MemberID, besides tried: [RecordID]
    ) throws -> [RecordID] {
        guard let scope = try store.opened(.slots(of: mentor)) else { return [] }
        let candidates = try store.freeSlots(
            of: scope, near: instant, after: now, limit: Self.offersLookedAt)
        var offers: [RecordID] = []
        for candidate in candidates where !tried.contains(candidate.slot) {
            guard offers.count < Limits.alternativesOfferedMax else { break }
            // Both people's time is asked for as a request would ask for it.
            if try store.isAway(participant, during: candidate) { continue }
            if try store.isAway(mentor, during: candidate) { continue }
            if try store.isBusy(participant, during: candidate) { continue }
            if try store.isBusy(mentor, during: candidate, otherThanFor: candidate.slot) {
                continue
            }
            offers.append(candidate.slot)
        }
        return offers
    }

    // MARK: Acts

    private mutating func rule(onAct act: RecordID, in scope: Scope) throws {
        guard
            let values = try ledger.facts.values(
                of: act, entity: Schema.bookingAct.id, in: scope),
            let booking = values[Fields.BookingAct.booking]?.reference,
            let kind = values[Fields.BookingAct.kind]?.integer
                .flatMap(BookingActKind.init(rawValue:)),
            var status = try store.status(of: booking), status.scope == scope,
            try store.markRuled(act)
        else { return }
        let hasStarted = (status.slot?.start).map { $0 <= now.milliseconds } ?? false
        switch BookingMachine.apply(kind, to: status.state, hasStarted: hasStarted) {
        case .success where kind.isAboutMoves:
            try rule(onMove: act, kind, values, status)
        case .success(let state):
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
        // An act without effect leaves whoever waits at their place.
        if before?.state != .waitlisted { status.queue = verdict.counter }
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
        for slot in Set(touchedSlots).sorted(by: { $0.record < $1.record }) {
            let scope = Scope.slots(of: slot.mentor)
            let taken = Int64(try store.seatsTaken(of: slot.record))
            let shown = try ledger.facts.values(
                of: slot.record, entity: Schema.slot.id, in: scope)?[Fields.Slot.taken]?.integer
            guard taken != shown ?? 0 else { continue }
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
