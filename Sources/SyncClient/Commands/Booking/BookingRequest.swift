import ArgumentParser
import Model
import Replica

struct BookingRequest: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "Ask for a time",
        discussion: """
            Name a slot, or a mentor and from when until when any of their slots will do, or with \
            --any-mentor a topic: the hub finds the mentor who offers it and has time first. If the \
            slot is taken when the request reaches the hub, the alternates are tried in the order \
            given.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The slot's id or its beginning")
    var slot: RecordReference?

    @Option(name: .customLong("or"), help: "Another slot of the same mentor; repeat it for more")
    var alternates: [RecordReference] = []

    @Flag(help: "If all seats of the first slot are taken, wait for one to become free")
    var waitlist = false

    @Option(help: ArgumentHelp("That many times of the slot's series, from it on", valueName: "n"))
    var times: Int?

    @Option(help: ArgumentHelp("Any slot of this mentor", valueName: "who"))
    var mentor: MemberReference?

    @Flag(help: "Any mentor who offers what --topic says")
    var anyMentor = false

    @Option(help: ArgumentHelp("Any slot that starts then or later", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Any slot that ends by then", valueName: "time"))
    var until: String?

    @Option(help: "What you want to talk about, in a few words")
    var topic: String?

    @Option(help: "More about it; - reads standard input")
    var note: String?

    @Option(name: .customLong("for"), help: "The participant for whom a mentor asks")
    var participant: MemberReference?

    func validate() throws {
        guard alternates.count <= Limits.alternatesMax else {
            throw ValidationError("--or can be given \(Limits.alternatesMax) times at most.")
        }
        guard (slot == nil) == (until != nil), slot == nil || mentor == nil && from == nil else {
            throw ValidationError(
                "Name a slot, or say --mentor, --from and --until for any of a mentor's slots.")
        }
        if anyMentor {
            guard slot == nil, mentor == nil, participant == nil, topic != nil else {
                throw ValidationError(
                    "--any-mentor needs --topic and --until, and goes without a slot, --mentor and "
                        + "--for.")
            }
        }
        if slot == nil, waitlist || !alternates.isEmpty || times != nil {
            throw ValidationError("--or, --waitlist and --times need a slot.")
        }
        if let times {
            guard (2...Self.timesMax).contains(times) else {
                throw ValidationError("--times takes a number from 2 to \(Self.timesMax).")
            }
            guard alternates.isEmpty else {
                throw ValidationError(
                    "--times asks for several slots, so --or does not go with it.")
            }
        }
    }

    /// Times of a series that are asked for at once.
    private static let timesMax = 52

    func run(in context: CommandContext) async throws {
        var details: [FieldID: Value] = [:]
        details[Fields.Booking.topic] = try topic.map {
            .text(try context.shortText($0, "topic"))
        }
        details[Fields.Booking.note] = try note.map {
            .text(try context.textInput("note").read($0))
        }
        if waitlist { details[Fields.Booking.waits] = .boolean(true) }
        if anyMentor { return try OpenRequesting(details, try span(in: context)).ask(in: context) }
        guard slot != nil else { return try requestAny(details, in: context) }
        let clock = StartClock(context)
        let (ids, looksTaken) = try context.replica.act(
            "booking request", at: context.now, isUndoable: false
        ) { action in
            let choices = try choices(in: action.reader, clock: clock)
            guard let mentor = choices[0].mentor else {
                throw ReplicaError(.unknownRecord, slot?.text ?? "")
            }
            let requester = BookingRequester(participant: participant)
            let participant = try requester.participant(of: mentor, in: action.reader)
            let wanted =
                times == nil ? [choices[0]] : try following(choices[0], action.reader, clock)
            for slot in wanted {
                try requester.requireNew(slot.record.id, participant, in: action.reader)
                try requireSeat(of: slot, in: action.reader)
            }
            let scope = Scope.pair(mentor: mentor, participant: participant)
            var ids: [RecordID] = []
            for slot in wanted {
                var values = try details.merging(
                    topicOfOffer(slot, in: action.reader)
                ) { given, _ in given }
                values[Fields.Booking.slot] = .reference(slot.record.id)
                values[Fields.Booking.series] = ids.first.map { .reference($0) }
                if choices.count > 1 {
                    values[Fields.Booking.alternates] = .list(
                        choices.dropFirst().map { .reference($0.record.id) })
                }
                ids.append(try action.create(Schema.booking, in: scope, values: values))
                try action.endSet()
            }
            let looksTaken = (wanted.count > 1 ? wanted : choices).allSatisfy { $0.state == .full }
            return (ids, looksTaken)
        }
        if looksTaken {
            context.output.warn("All seats seem to be taken; the hub decides when you sync.")
        }
        if ids.count > 1 { return try BookingOutput.showAll(ids, in: context) }
        try BookingOutput.show(ids[0], in: context)
    }

    /// From when until when any slot will do.
    private func span(in context: CommandContext) throws -> Range<Int64> {
        let now = StartClock(context).now
        let from = try from.map { try context.timeInput.parse($0) } ?? now
        let text = until ?? ""
        let end = try context.timeInput.parse(text, dayMeans: .end)
        guard from < end else {
            throw CommandFailure(
                .usage, code: "endBeforeStart",
                "\(InputFailure.quoted(text)) lies before the time from which any slot will do.",
                hint: "Give a later time with --until, or an earlier one with --from.")
        }
        return from..<end
    }

    /// Asks for any slot of a mentor between two instants.
    private func requestAny(_ details: [FieldID: Value], in context: CommandContext) throws {
        let span = try span(in: context)
        let id = try context.replica.act("booking request", at: context.now, isUndoable: false) {
            action in
            let requester = BookingRequester(participant: participant)
            let mentor = try requester.mentor(self.mentor, in: action.reader)
            let participant = try requester.participant(of: mentor, in: action.reader)
            var values = details
            values[Fields.Booking.from] = .integer(span.lowerBound)
            values[Fields.Booking.until] = .integer(span.upperBound)
            return try action.create(
                Schema.booking, in: .pair(mentor: mentor, participant: participant),
                values: values)
        }
        try BookingOutput.show(id, in: context)
    }

    /// What the time is for is what the two meet about, unless something else is said.
    private func topicOfOffer(
        _ slot: SlotView, in reader: ReplicaReader
    ) throws -> [FieldID: Value] {
        guard let offer = slot.record.reference(Fields.Slot.offer),
            let record = try reader.record(offer, of: Schema.offer),
            let name = record.text(Fields.Offer.topic)
        else { return [:] }
        return [Fields.Booking.topic: .text(name)]
    }

    /// The slot and those of its series that follow it.
    private func following(
        _ slot: SlotView, _ reader: ReplicaReader, _ clock: StartClock
    ) throws -> [SlotView] {
        let series = try SlotSeries.id(of: RecordReference(slot.record.id.text), in: reader)
        let slots = try SlotSeries.slots(of: series, in: reader, now: clock.now)
            .filter { $0.start >= slot.start && $0.state != .withdrawn }
        let wanted = Array(slots.prefix(times ?? 1))
        guard wanted.count == times else {
            throw CommandFailure(
                .refused, code: "seriesTooShort",
                "The series has \(SyncSummary.counted(wanted.count, "time")) from there on.",
                hint: "Ask for fewer with --times; see them with: "
                    + "waymark slot list --series \(slot.record.id.shortText)")
        }
        return wanted
    }

    /// What a laptop has on loan it gives away for good, so it never gives more than there is.
    private func requireSeat(of slot: SlotView, in reader: ReplicaReader) throws {
        guard slot.holder == reader.identity.device else { return }
        try SlotLoan.requireSeat(of: slot, in: reader)
    }

    /// The slots in the order of preference, each once.
    private func choices(in reader: ReplicaReader, clock: StartClock) throws -> [SlotView] {
        var choices: [SlotView] = []
        for reference in [slot].compactMap({ $0 }) + alternates {
            let record = try reference.resolve(Schema.slot, in: reader)
            guard !choices.contains(where: { $0.record.id == record.id }) else {
                throw CommandFailure(
                    .usage, code: "slotNamedTwice",
                    "The slot \(record.id.shortText) is named twice.",
                    hint: "Name another one with --or, or leave it out.")
            }
            choices.append(SlotView(record, now: clock.now))
        }
        if let other = choices.first(where: { $0.mentor != choices[0].mentor }) {
            throw CommandFailure(
                .usage, code: "otherMentor",
                "The alternate \(other.record.id.shortText) is another mentor's.",
                hint: "A request goes to one mentor; ask the other one in a request of its own.")
        }
        // A withdrawn slot does not come back, and a certain past does not either; anything else
        // is the hub's to decide.
        let isHopeless = choices.allSatisfy { choice in
            choice.state == .withdrawn || clock.hasStarted(choice.start) == true
        }
        if isHopeless {
            let reason: VerdictReason =
                choices[0].state == .withdrawn ? .slotWithdrawn : .slotStarted
            throw CommandFailure(
                .refused, code: reason.code, reason.sentence,
                hint: "See what is free with: waymark slot list --free")
        }
        return choices
    }
}
