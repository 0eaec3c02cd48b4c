import Testing

@testable import Model

/// Who must know of which change: the table of `protocol/notifications.md`.
@Suite struct NotificationRuleTests {
    private let hub = DeviceID(rawValue: 1)
    private let mentor = MemberID(RecordID(device: DeviceID(rawValue: 1), counter: 10))
    private let participant = MemberID(RecordID(device: DeviceID(rawValue: 1), counter: 11))
    private let admin = MemberID(RecordID(device: DeviceID(rawValue: 1), counter: 12))
    private let mentorDevice = DeviceID(rawValue: 2)
    private let participantDevice = DeviceID(rawValue: 3)
    private var facts = MemoryFacts()

    private var pair: Scope { .pair(mentor: mentor, participant: participant) }

    init() {
        facts.roles = [mentor: .mentor, participant: .participant, admin: .admin]
        facts.members = [mentorDevice: mentor, participantDevice: participant]
    }

    private func creation(
        _ entity: Entity, _ record: RecordID, _ values: [FieldID: Value] = [:]
    ) -> [Change] {
        [Change(record: record, entity: entity.id, field: .life, operation: .create)]
            + values.sorted { $0.key < $1.key }.map {
                setting($0.key, of: entity, record, to: $0.value)
            }
    }

    private func setting(
        _ field: FieldID, of entity: Entity, _ record: RecordID, to value: Value
    ) -> Change {
        Change(record: record, entity: entity.id, field: field, operation: .set(value))
    }

    private func told(
        _ changes: [Change], in scope: Scope, by author: MemberID?
    ) throws -> [Notice] {
        try NotificationRule.notices(of: changes, in: scope, by: author, facts: facts)
    }

    private func record(_ counter: UInt64, by device: DeviceID? = nil) -> RecordID {
        RecordID(device: device ?? hub, counter: counter)
    }

    /// Whoever wrote it, and whoever it belongs to.
    @Test func erasures() throws {
        func erasure(_ entity: Entity, _ record: RecordID) -> [Change] {
            [Change(record: record, entity: entity.id, field: .life, operation: .erase)]
        }
        let scope = Scope.participant(participant)
        let task = erasure(Schema.task, record(1, by: mentorDevice))
        #expect(
            try told(task, in: scope, by: admin) == [
                .init(.erased, .member(mentor), 0), .init(.erased, .member(participant), 0),
            ])
        #expect(
            try told(task, in: scope, by: participant) == [.init(.erased, .member(mentor), 0)])
        // The hub only carries on what somebody has done.
        let entry = erasure(Schema.journalEntry, record(2, by: participantDevice))
        #expect(try told(entry, in: .own(participant), by: nil) == [])
        #expect(
            try told(entry, in: scope, by: admin) == [.init(.erased, .member(participant), 0)])
        #expect(try told(entry, in: .own(participant), by: participant) == [])
        #expect(
            try told(
                erasure(Schema.profile, mentor.recordID), in: .programme, by: admin)
                == [.init(.erased, .member(mentor), 0)])
    }

    @Test func tasks() throws {
        let scope = Scope.participant(participant)
        let task = record(1, by: mentorDevice)
        let given = creation(
            Schema.task, task, [Fields.Task.title: .text("a"), Fields.Task.status: .integer(1)])
        #expect(
            try told(given, in: scope, by: mentor) == [.init(.taskGiven, .member(participant), 0)])
        #expect(try told(given, in: scope, by: participant) == [])
        func status(_ status: TaskStatus, _ author: MemberID) throws -> [Notice] {
            let change = setting(
                Fields.Task.status, of: Schema.task, task, to: .integer(status.rawValue))
            return try told([change], in: scope, by: author)
        }
        let mentors = Notice.Audience.mentors(of: participant)
        #expect(try status(.submitted, participant) == [.init(.taskSubmitted, mentors, 0)])
        #expect(try status(.done, participant) == [.init(.taskDone, mentors, 0)])
        #expect(try status(.open, participant) == [])
        #expect(try status(.done, mentor) == [.init(.taskDone, .member(participant), 0)])
        #expect(try status(.open, admin) == [.init(.taskReopened, .member(participant), 0)])
        #expect(try status(.submitted, mentor) == [])
        let title = setting(Fields.Task.title, of: Schema.task, task, to: .text("b"))
        #expect(try told([title], in: scope, by: mentor) == [])
        #expect(
            try told(creation(Schema.taskFeedback, record(2)), in: scope, by: mentor)
                == [.init(.feedback, .member(participant), 0)])
    }

    @Test func requestsAndActs() throws {
        let booking = creation(Schema.booking, record(1, by: participantDevice))
        #expect(
            try told(booking, in: pair, by: participant) == [.init(.request, .member(mentor), 0)])
        #expect(
            try told(booking, in: pair, by: mentor) == [.init(.request, .member(participant), 0)])
        for kind in BookingActKind.allCases {
            let act = creation(
                Schema.bookingAct, record(2, by: mentorDevice),
                [Fields.BookingAct.kind: .integer(kind.rawValue)])
            let expected: [Notice] =
                switch kind {
                case .move: [.init(.move, .member(participant), 0)]
                case .grant: [.init(.verdict, .member(participant), 0)]
                default: []
                }
            #expect(try told(act, in: pair, by: mentor) == expected)
        }
        #expect(
            try told(creation(Schema.feedback, record(3)), in: pair, by: participant)
                == [.init(.feedback, .member(mentor), 0)])
    }

    private func verdict(
        _ act: RecordID?, _ state: BookingState, reason: VerdictReason? = nil, number: UInt64 = 90,
        at: Int64 = 100
    ) throws -> [Notice] {
        var values: [FieldID: Value] = [
            Fields.BookingVerdict.booking: .reference(record(1, by: participantDevice)),
            Fields.BookingVerdict.state: .integer(state.rawValue),
            Fields.BookingVerdict.at: .integer(at),
        ]
        values[Fields.BookingVerdict.act] = act.map { .reference($0) }
        values[Fields.BookingVerdict.reason] = reason.map { .integer($0.rawValue) }
        return try told(
            creation(Schema.bookingVerdict, record(number), values), in: pair, by: nil)
    }

    @Test func verdictsGoToThoseWhomTheyConcern() throws {
        let booking = record(1, by: participantDevice)
        #expect(try verdict(booking, .held) == [.init(.verdict, .member(participant), 0)])
        #expect(
            try verdict(booking, .refused, reason: .slotTaken)
                == [.init(.verdict, .member(participant), 0)])
        #expect(
            try verdict(nil, .refused, reason: .expired) == [
                .init(.verdict, .member(mentor), 0), .init(.verdict, .member(participant), 0),
            ])
    }

    /// What the hub makes of an open request is told as if its participant had asked.
    @Test mutating func openRequests() throws {
        let (booking, asked) = (record(1), record(5, by: participantDevice))
        let values = FieldValues([Fields.Booking.openRequest: .reference(asked)])
        #expect(
            try told(
                creation(Schema.booking, booking, [Fields.Booking.openRequest: .reference(asked)]),
                in: pair, by: nil) == [.init(.request, .member(mentor), 0)])
        facts.records[.init(record: booking, entity: Schema.booking.id, scope: pair)] = values
        func ruled(_ act: RecordID, _ state: BookingState, _ reason: VerdictReason? = nil) throws
            -> [Notice]
        {
            var values: [FieldID: Value] = [
                Fields.BookingVerdict.booking: .reference(booking),
                Fields.BookingVerdict.act: .reference(act),
                Fields.BookingVerdict.state: .integer(state.rawValue),
            ]
            values[Fields.BookingVerdict.reason] = reason.map { .integer($0.rawValue) }
            return try told(
                creation(Schema.bookingVerdict, record(90), values), in: pair, by: nil)
        }
        #expect(try ruled(booking, .held) == [.init(.verdict, .member(participant), 0)])
        #expect(try ruled(asked, .cancelled) == [.init(.cancellation, .member(mentor), 0)])
        #expect(
            try ruled(asked, .confirmed, .slotStarted)
                == [.init(.verdict, .member(participant), 0)])
        let refusal = setting(
            Fields.OpenRequest.reason, of: Schema.openRequest, asked, to: .integer(17))
        #expect(
            try told([refusal], in: .own(participant), by: nil)
                == [.init(.verdict, .member(participant), 0)])
        let cancelled = setting(
            Fields.OpenRequest.cancelled, of: Schema.openRequest, asked, to: .boolean(true))
        #expect(try told([cancelled], in: .own(participant), by: participant) == [])
    }

    @Test(arguments: BookingActKind.allCases)
    mutating func verdictsOnActs(kind: BookingActKind) throws {
        let act = record(5, by: mentorDevice)
        facts.records[.init(record: act, entity: Schema.bookingAct.id, scope: pair)] = [
            Fields.BookingAct.kind: .integer(kind.rawValue)
        ]
        let expected: [Notice] =
            switch kind {
            case .move, .grant: []
            case .acceptMove, .refuseMove: [.init(.move, .member(participant), 0)]
            case .cancel: [.init(.cancellation, .member(participant), 0)]
            default: [.init(.verdict, .member(participant), 0)]
            }
        #expect(try verdict(act, .confirmed) == expected)
        // That it had no effect is for whoever said it to know.
        #expect(
            try verdict(act, .confirmed, reason: .wrongState)
                == [.init(.verdict, .member(mentor), 0)])
        // An admin's goes to both.
        facts.members[mentorDevice] = admin
        #expect(try verdict(act, .confirmed).count == 2 * expected.count)
    }

    @Test mutating func aRepeatedRulingIsNoNews() throws {
        let booking = record(1, by: participantDevice)
        func after(_ state: BookingState, _ next: BookingState) throws -> Int {
            var copy = self
            copy.facts.verdicts = [
                RuledVerdict(record: record(80), act: booking, state: state, at: 50)
            ]
            return try copy.verdict(booking, next).count
        }
        #expect(try after(.confirmed, .confirmed) == 0)
        #expect(try after(.held, .confirmed) == 0)
        #expect(try after(.confirmed, .refused) == 0)
        #expect(try after(.refused, .refused) == 0)
        #expect(try after(.refused, .confirmed) == 1)
        #expect(try after(.waitlisted, .confirmed) == 1)
        #expect(try after(.waitlisted, .refused) == 1)
        // What came later counts for nothing against it.
        facts.verdicts = [RuledVerdict(record: record(91), act: booking, state: .held, at: 200)]
        #expect(try verdict(booking, .held).count == 1)
        // Neither does another act's.
        facts.verdicts = [RuledVerdict(record: record(80), act: nil, state: .held, at: 50)]
        #expect(try verdict(booking, .held).count == 1)
    }

    @Test mutating func access() throws {
        let mentorship = creation(Schema.mentorship, record(1))
        #expect(
            try told(mentorship, in: pair, by: nil) == [
                .init(.access, .member(mentor), 0), .init(.access, .member(participant), 0),
            ])
        let ended = setting(
            Fields.Mentorship.ended, of: Schema.mentorship, record(1), to: .boolean(true))
        #expect(
            try told([ended], in: pair, by: mentor)
                == [.init(.access, .member(participant), 0), .init(.access, .admins, 0)])
        let device = creation(
            Schema.device, record(2), [Fields.Device.member: .member(participant)])
        #expect(
            try told(device, in: .programme, by: nil)
                == [.init(.access, .member(participant), 0)])
        facts.records[.init(record: record(2), entity: Schema.device.id, scope: .programme)] = [
            Fields.Device.member: .member(participant)
        ]
        for revocation in [DeviceRevocation.retired, .stolen] {
            let change = setting(
                Fields.Device.revocation, of: Schema.device, record(2),
                to: .integer(revocation.rawValue))
            #expect(
                try told([change], in: .programme, by: admin).map(\.audience)
                    == [.member(participant)] + (revocation == .stolen ? [.admins] : []))
        }
        let state = setting(
            Fields.Profile.state, of: Schema.profile, participant.recordID, to: .integer(2))
        #expect(
            try told([state], in: .programme, by: nil).map(\.audience)
                == [.member(participant), .admins])
        // Who is let in is not told that they are.
        let admitted = creation(
            Schema.profile, participant.recordID,
            [Fields.Profile.role: .integer(1), Fields.Profile.state: .integer(1)])
        #expect(try told(admitted, in: .programme, by: nil) == [])
        #expect(try told(admitted + device, in: .programme, by: nil) == [])
        #expect(try told(Array(admitted.dropFirst()), in: .programme, by: nil) == [])
        let redeemed = setting(
            Fields.Invitation.redeemedBy, of: Schema.invitation, record(3),
            to: .member(participant))
        facts.records[
            .init(record: record(3), entity: Schema.invitation.id, scope: .invitations(by: admin))
        ] = [:]
        #expect(
            try told([redeemed], in: .invitations(by: admin), by: nil)
                == [.init(.access, .member(admin), 0)])
        #expect(try told([redeemed], in: .invitations(by: mentor), by: nil) == [])
    }

    @Test func whatIsPrivateIsNobodysNews() throws {
        for scope in [Scope.own(mentor), .slots(of: mentor), .contact(of: mentor)] {
            for entity in Schema.entities {
                #expect(try told(creation(entity, record(1)), in: scope, by: nil) == [])
            }
        }
    }
}
