import ArgumentParser
import Model
import Replica

/// `waymark slot edit`: another time or other terms, for one slot or all that lie ahead of a series.
///
/// A slot is a fact that people ask for, so a changed one takes the place of the old one, which is
/// withdrawn. What is booked stays as it is.
struct SlotEdit: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Change a time that nobody has booked, or a whole series",
        discussion: """
            The changed slot has a new id and takes the place of the old one. Times that somebody \
            has booked stay as they are, and are listed: move these with waymark booking move.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The slot's id or its beginning")
    var slot: RecordReference

    @Flag(help: "All times of its series that still lie ahead")
    var series = false

    @Option(help: ArgumentHelp("With --series: only from this day on", valueName: "date"))
    var from: String?

    @Option(help: "When it starts, as in \"fri 10:00\"; of a series, the time of day, as in 10:00")
    var start: String?

    @Option(help: "How long it is, as in 45m or 1h30m")
    var duration: String?

    @Option(help: "How many can have it")
    var capacity: Int?

    @Option(help: "The offer of yours that it is for")
    var offer: RecordReference?

    @Flag(inversion: .prefixedNo, help: "Whoever asks first has it, without your approval")
    var instant: Bool?

    @OptionGroup(title: "Terms") var termOptions: SlotTermOptions

    func validate() throws {
        if from != nil, !series { throw ValidationError("--from needs --series.") }
        if let capacity, !(1...Limits.slotCapacityMax).contains(capacity) {
            throw ValidationError(
                "--capacity takes a number from 1 to \(Limits.slotCapacityMax), not \(capacity).")
        }
    }

    func run(in context: CommandContext) async throws {
        let change = try SlotChange(self, in: context)
        let now = StartClock(context).now
        let first = try from.map { try context.timeInput.parse($0) } ?? now
        let (changed, kept) = try context.replica.act(
            "slot edit", at: context.now, isUndoable: false
        ) { action in
            let named = SlotView(try SlotSeries.own(slot, in: action.reader), now: now)
            var slots = [named]
            if series {
                let id = try SlotSeries.id(of: slot, in: action.reader)
                slots = try SlotSeries.slots(of: id, in: action.reader, now: now)
                    .filter { $0.start >= max(first, now) }
            }
            slots = slots.filter { $0.state != .withdrawn }
            guard series || !slots.isEmpty else {
                throw CommandFailure(
                    .refused, code: VerdictReason.slotWithdrawn.code,
                    "The slot \(named.record.id.shortText) is withdrawn.",
                    hint: "Offer a new one with: waymark slot add")
            }
            let (free, kept) = try SlotBookings.split(slots, in: action.reader)
            var changed: [RecordID] = []
            for slot in free {
                let values = try change.applied(to: slot)
                try action.set(
                    Fields.Slot.withdrawn, of: slot.record.id, Schema.slot,
                    in: slot.record.scope, to: .boolean(true))
                changed.append(
                    try action.create(Schema.slot, in: slot.record.scope, values: values))
                try action.endSet()
            }
            return (changed, kept)
        }
        if !series, let slot = kept.first { throw SlotBookings.inTheWay(of: slot) }
        guard series else { return try SlotOutput.show(changed, in: context) }
        try SlotBookings.report(
            "changed", "changed", changed, kept: kept,
            stay: "These are booked or lent and stay as they are:", in: context)
    }
}

/// What is changed of a slot; read once, before the slots are.
private struct SlotChange {
    private let terms: SlotTerms
    private let clock: WallClock
    private let minutes: Int64?
    private let capacity: Int?
    private let isInstant: Bool?
    private let offer: RecordID?
    /// Of a single slot.
    private let start: Int64?
    /// Of a series.
    private let millisecondOfDay: Int?

    init(_ command: SlotEdit, in context: CommandContext) throws {
        terms = try command.termOptions.terms(in: context)
        clock = WallClock(timeZone: try context.timeZone)
        minutes = try command.duration.map { try SlotLength.minutes($0, noun: "Slots") }
        capacity = command.capacity
        isInstant = command.instant
        offer = try command.offer.map { reference in
            try context.replica.read { try reference.resolve(Schema.offer, in: $0).id }
        }
        guard command.series, let text = command.start else {
            start = try command.start.map { try SlotStart.parse($0, in: context) }
            millisecondOfDay = nil
            return
        }
        guard let time = try TimeOfDay(text: text), time.offset == nil,
            time.millisecondOfDay % Int(TimeGrid.quantumMilliseconds) == 0
        else {
            throw CommandFailure(
                .usage, code: "invalidTime",
                "\(InputFailure.quoted(text)) is not a time of day at full "
                    + "\(Limits.slotGridMinutes) minutes.",
                hint: "Write it like 10:00; a single slot takes a day, too.")
        }
        start = nil
        millisecondOfDay = time.millisecondOfDay
    }

    func applied(to slot: SlotView) throws -> [FieldID: Value] {
        var values = SlotSeries.terms(of: slot)
        var instant = start ?? slot.start
        if let millisecondOfDay, let day = clock.reading(at: slot.start)?.day {
            instant = clock.instant(of: day, millisecondOfDay: millisecondOfDay) ?? slot.start
        }
        values[Fields.Slot.start] = .integer(instant)
        values[Fields.Slot.series] = slot.series.map { .reference($0) }
        if let minutes { values[Fields.Slot.minutes] = .integer(minutes) }
        if let capacity { values[Fields.Slot.capacity] = .integer(Int64(capacity)) }
        if let isInstant { values[Fields.Slot.instant] = .boolean(isInstant) }
        if let offer { values[Fields.Slot.offer] = .reference(offer) }
        // What is decided so long before it stays so.
        var terms = terms
        if terms.decision == nil, let decideAt = slot.decideAt {
            terms.decision = .before(slot.start.subtracting(clamped: decideAt))
            terms.order = slot.order ?? .earliest
        }
        try terms.apply(to: &values, start: instant, clock)
        return values
    }
}
