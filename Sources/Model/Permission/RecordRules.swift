/// What a table of parties cannot say about single entities.
enum RecordRules {
    /// Checks a change of an existing record's field, after the parties were found right.
    static func refusal(
        of change: Change, stored: FieldValues, author: ChangeAuthor,
        facts: any PermissionFacts, isMentorOrAdmin: Bool
    ) throws -> RefusalReason? {
        guard case .set(let value) = change.operation else { return nil }
        switch (change.entity, change.field) {
        case (Schema.task.id, Fields.Task.title):
            return (value.text ?? "").isEmpty ? .malformed : nil
        case (Schema.task.id, Fields.Task.status):
            guard let status = value.integer.flatMap(TaskStatus.init(rawValue:)) else {
                return .malformed
            }
            // With review, a participant submits and the mentor marks it done.
            let needsReview = stored[Fields.Task.review]?.isTrue ?? false
            return status == .done && needsReview && !isMentorOrAdmin ? .reviewRequired : nil
        case (Schema.invitation.id, Fields.Invitation.revoked):
            // Revoking is final: what an admin revoked, its issuer does not bring back.
            return value.isTrue ? nil : .malformed
        case (Schema.offer.id, Fields.Offer.topic), (Schema.topic.id, Fields.Topic.name),
            (Schema.personalEvent.id, Fields.PersonalEvent.title):
            return (value.text ?? "").isEmpty ? .malformed : nil
        case (Schema.personalEvent.id, Fields.PersonalEvent.start),
            (Schema.personalEvent.id, Fields.PersonalEvent.end):
            return value.integer == nil ? .malformed : nil
        case (Schema.offer.id, Fields.Offer.minutes):
            return SlotRules.isLength(value) ? nil : .malformed
        case (Schema.slot.id, Fields.Slot.withdrawn):
            if try SlotRules.isHeld(stored, byAnotherThan: author.device, facts) {
                return .notAllowed
            }
            let isTaken = try facts.seatsTaken(ofSlot: change.record) > 0
            return value.isTrue && isTaken ? .slotHasBookings : nil
        case (Schema.slot.id, Fields.Slot.lendTo):
            return try SlotRules.refusal(
                ofLendingTo: value, stored: stored, author: author, facts: facts)
        case (Schema.booking.id, Fields.Booking.payment):
            return value.integer.flatMap(PaymentState.init(rawValue:)) == nil ? .malformed : nil
        case (Schema.calendarAddress.id, Fields.CalendarAddress.revoked),
            (Schema.mentorship.id, Fields.Mentorship.ended),
            (Schema.openRequest.id, Fields.OpenRequest.cancelled):
            // Whoever knew the address is not let in again, what was cancelled may be forgotten, and
            // a mentor whose clock is ahead does not take back that the mentorship has ended: one
            // that begins again is another record.
            return value.isTrue ? nil : .malformed
        case (Schema.settings.id, let field):
            return SettingsRules.admits(value, in: field) ? nil : .malformed
        case (Schema.device.id, Fields.Device.revocation):
            // A revoked device stays revoked, and a stolen one stolen: its key may be in other
            // hands.
            guard let revocation = value.integer.flatMap(DeviceRevocation.init(rawValue:)) else {
                return .malformed
            }
            let known = stored[change.field]?.integer.flatMap(DeviceRevocation.init(rawValue:))
            return known == .stolen && revocation != .stolen ? .malformed : nil
        default: return nil
        }
    }

    /// Checks the values that a record is created with.
    static func refusal(
        ofCreated entity: EntityID, values: FieldValues, in scope: Scope,
        author: ChangeAuthor, facts: any PermissionFacts
    ) throws -> RefusalReason? {
        if author.isHub { return nil }
        switch entity {
        case Schema.task.id: return refusalOfTask(values)
        case Schema.taskFeedback.id: return refusalOfScores(values)
        case Schema.invitation.id: return refusalOfInvitation(values, author: author)
        case Schema.mentorship.id:
            let isOfPair =
                values[Fields.Mentorship.mentor]?.member == scope.mentor
                && values[Fields.Mentorship.participant]?.member == scope.participant
            return isOfPair ? nil : .malformed
        case Schema.slot.id: return SlotRules.refusal(ofCreated: values)
        case Schema.personalEvent.id:
            let hasTitle = !(values[Fields.PersonalEvent.title]?.text ?? "").isEmpty
            guard let start = values[Fields.PersonalEvent.start]?.integer,
                let end = values[Fields.PersonalEvent.end]?.integer
            else { return .malformed }
            return hasTitle && start < end ? nil : .malformed
        case Schema.offer.id:
            let hasTopic = !(values[Fields.Offer.topic]?.text ?? "").isEmpty
            return hasTopic && SlotRules.isLength(values[Fields.Offer.minutes] ?? .null)
                ? nil : .malformed
        case Schema.topic.id:
            guard author.role != .participant else { return .notAllowed }
            return (values[Fields.Topic.name]?.text ?? "").isEmpty ? .malformed : nil
        case Schema.openRequest.id:
            guard author.role == .participant else { return .notAllowed }
            return BookingRules.isOpenRequest(values) ? nil : .malformed
        case Schema.calendarAddress.id:
            let hash = values[Fields.CalendarAddress.secretHash]?.bytes
            return hash?.count == SettingsRules.secretHashBytes ? nil : .malformed
        case Schema.settings.id:
            let isSound = Schema.settings.fields.allSatisfy { field in
                SettingsRules.admits(values[field.id] ?? .null, in: field.id)
            }
            return isSound ? nil : .malformed
        case Schema.readMark.id:
            let keys = values[Fields.ReadMark.notifications]?.list ?? []
            let isSound = !keys.isEmpty && keys.allSatisfy { $0.bytes != nil }
            return isSound ? nil : .malformed
        case Schema.booking.id:
            return try BookingRules.refusal(
                ofRequest: values, in: scope, author: author, facts: facts)
        case Schema.bookingAct.id:
            return try BookingRules.refusal(ofAct: values, in: scope, author: author, facts: facts)
        case Schema.feedback.id:
            return try refusalOfFeedback(values, in: scope, facts: facts)
        default: return nil
        }
    }

    private static func refusalOfTask(_ values: FieldValues) -> RefusalReason? {
        guard let title = values[Fields.Task.title]?.text, !title.isEmpty,
            values[Fields.Task.status]?.integer.flatMap(TaskStatus.init(rawValue:)) != nil
        else { return .malformed }
        return nil
    }

    private static func refusalOfScores(_ values: FieldValues) -> RefusalReason? {
        for score in values[Fields.TaskFeedback.scores]?.list ?? [] {
            guard let pair = score.list, pair.count == 2, pair[0].text != nil,
                let points = pair[1].integer, (1...5).contains(points)
            else { return .malformed }
        }
        return values[Fields.TaskFeedback.task]?.reference == nil ? .malformed : nil
    }

    private static func refusalOfInvitation(
        _ values: FieldValues, author: ChangeAuthor
    ) -> RefusalReason? {
        guard values[Fields.Invitation.expiresAt]?.integer != nil else { return .malformed }
        if let member = values[Fields.Invitation.member]?.member {
            return member == author.member || author.role == .admin ? nil : .notAllowed
        }
        guard let role = values[Fields.Invitation.role]?.integer.flatMap(Role.init(rawValue:))
        else { return .malformed }
        return author.role.mayInvite(role) ? nil : .notAllowed
    }

    private static func refusalOfFeedback(
        _ values: FieldValues, in scope: Scope, facts: any PermissionFacts
    ) throws -> RefusalReason? {
        guard let booking = values[Fields.Feedback.booking]?.reference,
            let rating = values[Fields.Feedback.rating]?.integer, (1...5).contains(rating)
        else { return .malformed }
        guard try facts.values(of: booking, entity: Schema.booking.id, in: scope) != nil else {
            return .missingRecord
        }
        return try facts.state(ofBooking: booking) == .completed ? nil : .notCompleted
    }
}
