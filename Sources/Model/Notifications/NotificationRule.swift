/// Who must know of which change: notifications are derived from what others did, never sent.
///
/// A laptop asks while it takes in what came by the hub or by bundle, and keeps what concerns its
/// own member; the hub asks to tell people by mail. Both ask of one change set in one scope, and
/// whatever they ask of the tables says the same before and after that change set. The rule as a
/// table is in `protocol/notifications.md`.
package struct NotificationRule {
    private let changes: [Change]
    private let scope: Scope
    private let author: MemberID?
    private let facts: any NotificationFacts
    /// Records that the change set has created so far.
    private var created: Set<RecordID> = []

    /// Returns who must know of which change of a change set.
    ///
    /// `author` is the member whose device made it, nil for the hub; who made it is told nothing,
    /// which is for the caller to see to.
    package static func notices(
        of changes: [Change], in scope: Scope, by author: MemberID?, facts: any NotificationFacts
    ) throws -> [Notice] {
        guard mayTell(changes, in: scope) else { return [] }
        var rule = NotificationRule(changes: changes, scope: scope, author: author, facts: facts)
        return try changes.indices.flatMap { try rule.notices(of: $0) }
    }

    /// Whether any of the changes could be one to know of; quick, because nearly none is.
    package static func mayTell(_ changes: [Change], in scope: Scope) -> Bool {
        switch scope.kind {
        case .slots, .contact: return false
        case .own, .programme, .participant, .pair, .invitations: break
        }
        return changes.contains { change in
            if change.isErasure { return true }
            return switch change.entity {
            case Schema.task.id:
                change.operation == .create || change.field == Fields.Task.status
            case Schema.taskFeedback.id, Schema.feedback.id, Schema.booking.id,
                Schema.bookingAct.id, Schema.bookingVerdict.id:
                change.operation == .create
            case Schema.mentorship.id:
                change.operation == .create || change.field == Fields.Mentorship.ended
            case Schema.device.id:
                change.operation == .create || change.field == Fields.Device.revocation
            case Schema.profile.id:
                change.field == Fields.Profile.state || change.field == Fields.Profile.role
            case Schema.invitation.id: change.field == Fields.Invitation.redeemedBy
            case Schema.openRequest.id: change.field == Fields.OpenRequest.reason
            default: false
            }
        }
    }

    private init(
        changes: [Change], scope: Scope, author: MemberID?, facts: any NotificationFacts
    ) {
        self.changes = changes
        self.scope = scope
        self.author = author
        self.facts = facts
    }

    private mutating func notices(of index: Int) throws -> [Notice] {
        let change = changes[index]
        switch change.operation {
        case .create:
            created.insert(change.record)
            return try noticesOfCreation(index)
        case .set(let value):
            // What a record was created with is told with its creation.
            let isNew = created.contains(change.record)
            return isNew ? [] : try notices(of: index, setting: value)
        case .erase: return try noticesOfErasure(index)
        default: return []
        }
    }

    /// Whoever wrote it and whoever it belongs to. Where the hub erases a record it carries on what
    /// somebody has done in another scope, which was told there.
    private func noticesOfErasure(_ index: Int) throws -> [Notice] {
        guard let author else { return [] }
        let change = changes[index]
        let writer =
            change.entity == Schema.profile.id
            ? MemberID(change.record) : try facts.member(of: change.record.device)
        return Set([writer, scope.participant].compactMap { $0 }).subtracting([author]).sorted()
            .map { Notice(.erased, .member($0), index) }
    }

    // MARK: Creations

    private func noticesOfCreation(_ index: Int) throws -> [Notice] {
        switch changes[index].entity {
        case Schema.task.id:
            guard let participant = scope.participant, author != participant else { return [] }
            return [Notice(.taskGiven, .member(participant), index)]
        case Schema.taskFeedback.id:
            return scope.participant.map { [Notice(.feedback, .member($0), index)] } ?? []
        case Schema.feedback.id: return others(than: author, .feedback, index)
        case Schema.booking.id:
            // What the hub makes of an open request its participant has asked for.
            let asked = written(from: index)[Fields.Booking.openRequest]?.reference
            let asker = try asked.flatMap { try facts.member(of: $0.device) }
            return others(than: asker ?? author, .request, index)
        case Schema.bookingAct.id:
            let kind = written(from: index)[Fields.BookingAct.kind]?.integer
            switch kind.flatMap(BookingActKind.init(rawValue:)) {
            case .move: return others(than: author, .move, index)
            // It is final before the hub has spoken.
            case .grant: return others(than: author, .verdict, index)
            default: return []
            }
        case Schema.bookingVerdict.id: return try noticesOfVerdict(index)
        case Schema.mentorship.id: return others(than: author, .access, index)
        case Schema.device.id:
            // The laptop with which a member joins is no news to them.
            guard let member = written(from: index)[Fields.Device.member]?.member,
                !created.contains(member.recordID)
            else { return [] }
            return [Notice(.access, .member(member), index)]
        default: return []
        }
    }

    /// A ruling is told to those who wait for it or have to live with it. Whoever was asked for a
    /// meeting, or for another time, knows of that by the request itself.
    private func noticesOfVerdict(_ index: Int) throws -> [Notice] {
        let values = written(from: index)
        guard let booking = values[Fields.BookingVerdict.booking]?.reference,
            try !isRepeated(changes[index].record, values)
        else { return [] }
        guard let act = values[Fields.BookingVerdict.act]?.reference else {
            // Time ran out.
            return others(than: nil, .verdict, index)
        }
        let actor = try facts.member(of: device(of: act, booking))
        let hasReason = values[Fields.BookingVerdict.reason].map { !$0.isNull } ?? false
        guard act != booking, !hasReason else {
            return actor.map { [Notice(.verdict, .member($0), index)] } ?? []
        }
        let said = try facts.values(of: act, entity: Schema.bookingAct.id, in: scope)
        let kind = said?[Fields.BookingAct.kind]?.integer.flatMap(BookingActKind.init(rawValue:))
        switch kind {
        case .move, .grant: return []
        case .acceptMove, .refuseMove: return others(than: actor, .move, index)
        case .cancel: return others(than: actor, .cancellation, index)
        case nil
        where values[Fields.BookingVerdict.state]?.integer == BookingState.cancelled.rawValue:
            // An open request was cancelled when a booking had come of it.
            return others(than: actor, .cancellation, index)
        case .approve, .decline, .complete, .missed, nil:
            return others(than: actor, .verdict, index)
        }
    }

    /// Who said what is ruled on; an open request counts for what the hub made of it.
    private func device(of act: RecordID, _ booking: RecordID) throws -> DeviceID {
        guard act == booking else { return act.device }
        let values = try facts.values(of: booking, entity: Schema.booking.id, in: scope)
        return (values?.asked(of: booking) ?? act).device
    }

    /// Whether the verdict says what an earlier one has said, or counts for nothing beside it: a hub
    /// that was set back rules anew on what it had ruled on.
    private func isRepeated(_ record: RecordID, _ values: FieldValues) throws -> Bool {
        guard let booking = values[Fields.BookingVerdict.booking]?.reference else { return false }
        let at = values[Fields.BookingVerdict.at]?.integer ?? 0
        let state = values[Fields.BookingVerdict.state]?.integer
            .flatMap(BookingState.init(rawValue:))
        return try facts.verdicts(onBooking: booking, in: scope).contains { earlier in
            guard earlier.act == values[Fields.BookingVerdict.act]?.reference,
                (earlier.at, earlier.record) < (at, record)
            else { return false }
            let gave = earlier.state.takesSeat
            return earlier.state == state || gave
                || (earlier.state != .waitlisted && !(state?.takesSeat ?? false))
        }
    }

    // MARK: Later changes

    private func notices(of index: Int, setting value: Value) throws -> [Notice] {
        let change = changes[index]
        switch (change.entity, change.field) {
        case (Schema.task.id, Fields.Task.status): return noticesOfStatus(index, value)
        case (Schema.mentorship.id, Fields.Mentorship.ended):
            guard value.isTrue else { return [] }
            return others(than: author, .access, index) + [Notice(.access, .admins, index)]
        case (Schema.device.id, Fields.Device.revocation):
            let device = try facts.values(
                of: change.record, entity: Schema.device.id, in: scope)
            guard let revocation = value.integer.flatMap(DeviceRevocation.init(rawValue:)),
                let member = device?[Fields.Device.member]?.member
            else { return [] }
            let own = Notice(.access, .member(member), index)
            return revocation == .stolen ? [own, Notice(.access, .admins, index)] : [own]
        case (Schema.profile.id, Fields.Profile.state), (Schema.profile.id, Fields.Profile.role):
            // Who is let in gets both at once.
            let isLetIn = changes.contains {
                $0.record == change.record && $0.entity == change.entity
                    && $0.field != change.field
                    && [Fields.Profile.state, Fields.Profile.role].contains($0.field)
            }
            guard !isLetIn else { return [] }
            return [
                Notice(.access, .member(MemberID(change.record)), index),
                Notice(.access, .admins, index),
            ]
        case (Schema.invitation.id, Fields.Invitation.redeemedBy):
            return try noticesOfRedemption(index)
        case (Schema.openRequest.id, Fields.OpenRequest.reason):
            return scope.owner.map { [Notice(.verdict, .member($0), index)] } ?? []
        default: return []
        }
    }

    private func noticesOfStatus(_ index: Int, _ value: Value) -> [Notice] {
        guard let participant = scope.participant,
            let status = value.integer.flatMap(TaskStatus.init(rawValue:))
        else { return [] }
        let mentors = Notice.Audience.mentors(of: participant)
        switch (status, author == participant) {
        case (.submitted, true): return [Notice(.taskSubmitted, mentors, index)]
        case (.done, true): return [Notice(.taskDone, mentors, index)]
        case (.done, false): return [Notice(.taskDone, .member(participant), index)]
        case (.open, false): return [Notice(.taskReopened, .member(participant), index)]
        case (.submitted, false), (.open, true): return []
        }
    }

    /// A mentor whose participant joins hears of the mentorship, whoever links a laptop of its
    /// device.
    private func noticesOfRedemption(_ index: Int) throws -> [Notice] {
        guard let issuer = scope.owner, try facts.role(of: issuer) == .admin else { return [] }
        let invitation = try facts.values(
            of: changes[index].record, entity: Schema.invitation.id, in: scope)
        guard let invitation, (invitation[Fields.Invitation.member] ?? .null).isNull else {
            return []
        }
        return [Notice(.access, .member(issuer), index)]
    }

    // MARK: Reading the change set

    /// What the change set gives a record behind its creation, where its changes stand together.
    private func written(from index: Int) -> FieldValues {
        let record = changes[index].record
        var values = FieldValues()
        for change in changes[(index + 1)...] {
            guard change.record == record else { break }
            if case .set(let value) = change.operation { values[change.field] = value }
        }
        return values
    }

    /// A notice for each of the pair but one.
    private func others(
        than member: MemberID?, _ kind: NotificationKind, _ index: Int
    ) -> [Notice] {
        guard scope.kind == .pair else { return [] }
        return scope.members.filter { $0 != member }.map { Notice(kind, .member($0), index) }
    }
}
