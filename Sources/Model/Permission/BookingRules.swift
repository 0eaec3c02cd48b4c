/// What holds for requests and acts beyond the table of parties.
enum BookingRules {
    static func refusal(
        ofRequest values: FieldValues, in scope: Scope, author: ChangeAuthor,
        facts: any PermissionFacts
    ) throws -> RefusalReason? {
        let alternates = values[Fields.Booking.alternates]?.list ?? []
        guard alternates.count <= Limits.alternatesMax,
            alternates.allSatisfy({ $0.reference != nil }),
            isForSlots(values) != isForAnySlot(values),
            values[Fields.Booking.openRequest]?.isNull ?? true,
            values[Fields.Booking.payment]?.isNull ?? true,
            values[Fields.Booking.amount]?.isNull ?? true
        else { return .malformed }
        guard let mentor = scope.mentor, let participant = scope.participant else {
            return .wrongScope
        }
        if author.member == participant { return nil }
        return try facts.isCurrentMentor(mentor, of: participant) ? nil : .notAllowed
    }

    /// Whether it says what any mentor is to be asked for, and between which two instants.
    static func isOpenRequest(_ values: FieldValues) -> Bool {
        guard let from = values[Fields.OpenRequest.from]?.integer,
            let until = values[Fields.OpenRequest.until]?.integer
        else { return false }
        return from < until && !(values[Fields.OpenRequest.topic]?.text ?? "").isEmpty
            && !(values[Fields.OpenRequest.cancelled]?.isTrue ?? false)
    }

    private static func isForSlots(_ values: FieldValues) -> Bool {
        values[Fields.Booking.slot]?.reference != nil
            && values[Fields.Booking.from]?.integer == nil
            && values[Fields.Booking.until]?.integer == nil
    }

    /// Whether it is a request for any slot between two instants.
    private static func isForAnySlot(_ values: FieldValues) -> Bool {
        guard let from = values[Fields.Booking.from]?.integer,
            let until = values[Fields.Booking.until]?.integer
        else { return false }
        return from < until && values[Fields.Booking.slot]?.reference == nil
            && (values[Fields.Booking.alternates]?.list ?? []).isEmpty
            && !(values[Fields.Booking.waits]?.isTrue ?? false)
    }

    static func refusal(
        ofAct values: FieldValues, in scope: Scope, author: ChangeAuthor,
        facts: any PermissionFacts
    ) throws -> RefusalReason? {
        guard let booking = values[Fields.BookingAct.booking]?.reference,
            let kind = values[Fields.BookingAct.kind]?.integer
                .flatMap(BookingActKind.init(rawValue:))
        else { return .malformed }
        guard try facts.values(of: booking, entity: Schema.booking.id, in: scope) != nil else {
            return .missingRecord
        }
        let party: BookingParty =
            author.member == scope.mentor
            ? .mentor : author.member == scope.participant ? .participant : .admin
        guard kind.mayBeSaid(by: party) else { return .notAllowed }
        if kind == .move || kind == .grant, values[Fields.BookingAct.slot]?.reference == nil {
            return .malformed
        }
        if kind == .acceptMove || kind == .refuseMove {
            guard let move = values[Fields.BookingAct.move]?.reference else { return .malformed }
            let proposal = try facts.values(of: move, entity: Schema.bookingAct.id, in: scope)
            guard let proposal, proposal[Fields.BookingAct.booking]?.reference == booking,
                proposal[Fields.BookingAct.kind]?.integer == BookingActKind.move.rawValue
            else { return .missingRecord }
            // What one has proposed the other side accepts.
            if kind == .acceptMove, try facts.member(of: move.device) == author.member {
                return .notAllowed
            }
        }
        let hasText = !(values[Fields.BookingAct.text]?.text ?? "").isEmpty
        return party == .admin && !hasText ? .reasonNeeded : nil
    }
}
