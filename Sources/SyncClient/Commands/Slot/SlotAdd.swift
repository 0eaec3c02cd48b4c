import ArgumentParser
import Model
import Replica

struct SlotAdd: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Offer a time, or a series of times (mentors)",
        discussion: """
            A series is made of slots that stand for themselves: each is booked, or taken back, by \
            itself. They keep the time on your wall: in the night in which clocks go forward a \
            time that is skipped comes later by as much, of one that comes twice the first counts.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "When it starts, as in \"fri 10:00\" or \"2026-12-01 10:00\"")
    var start: String

    @Option(help: "How long it is, as in 45m or 1h30m; an offer says it, too")
    var duration: String?

    @Option(help: "The offer of yours that it is for")
    var offer: RecordReference?

    @Option(help: "How many can have it")
    var capacity = 1

    @Flag(help: "Whoever asks first has it, without your approval")
    var instant = false

    @Option(help: ArgumentHelp("One more time of the series of this slot", valueName: "slot"))
    var series: RecordReference?

    @OptionGroup(title: "Terms") var termOptions: SlotTermOptions

    @OptionGroup(title: "Series") var repetition: RepeatOptions

    func validate() throws {
        guard (1...Limits.slotCapacityMax).contains(capacity) else {
            throw ValidationError(
                "--capacity takes a number from 1 to \(Limits.slotCapacityMax), not \(capacity).")
        }
        if series != nil, repetition.frequency != nil {
            throw ValidationError("--series adds one time; it does not go with --repeat.")
        }
    }

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let oneself = replica.identity.member
        guard try replica.read({ try $0.role(of: oneself) }) == .mentor else {
            throw CommandFailure(
                .notAllowed, code: "onlyMentorsOffer", "Only mentors offer times.",
                hint: "See what mentors offer with: waymark slot list --free")
        }
        let offer = try offer.map { reference in
            try replica.read { try own(reference, in: $0) }
        }
        let known = try series.map { reference in
            try replica.read { reader in
                SlotView(try SlotSeries.own(reference, in: reader), now: 0)
            }
        }
        let minutes = try length(offer ?? known?.record)
        let terms = try termOptions.terms(in: context)
        let clock = WallClock(timeZone: try context.timeZone)
        let (starts, rule) = try starts(in: context)
        for start in starts
        where !WallClock.bounds.contains(start.adding(clamped: minutes.minutesInMilliseconds)) {
            throw InputFailure.timeOutOfRange("\(self.start) + \(minutes)m")
        }
        let ids = try replica.act("slot add", at: context.now, isUndoable: false) { action in
            var ids: [RecordID] = []
            for start in starts {
                var values: [FieldID: Value] = known.map { SlotSeries.terms(of: $0) } ?? [:]
                values[Fields.Slot.start] = .integer(start)
                values[Fields.Slot.minutes] = .integer(minutes)
                if known == nil || capacity != 1 {
                    values[Fields.Slot.capacity] = .integer(Int64(capacity))
                }
                if known == nil || instant { values[Fields.Slot.instant] = .boolean(instant) }
                if let offer { values[Fields.Slot.offer] = .reference(offer.id) }
                try terms.apply(to: &values, start: start, clock)
                if let first = known?.series ?? known?.record.id ?? ids.first {
                    values[Fields.Slot.series] = .reference(first)
                } else if let rule {
                    values[Fields.Slot.rule] = .text(rule.text)
                }
                ids.append(try action.create(Schema.slot, in: .slots(of: oneself), values: values))
            }
            return ids
        }
        let startClock = StartClock(context)
        let past = starts.filter { startClock.hasStarted($0) == true }.count
        if past == starts.count {
            context.output.warn("The time lies in the past; nobody can book it any more.")
        } else if past > 0 {
            context.output.warn("\(past) of the times lie in the past; nobody can book these.")
        }
        try warnOfOverlap(Set(ids), in: context)
        try SlotOutput.show(ids, in: context)
    }

    /// When it starts: once, or as often as the rule says.
    private func starts(in context: CommandContext) throws -> ([Int64], Recurrence?) {
        let first = try SlotStart.parse(start, in: context)
        let clock = WallClock(timeZone: try context.timeZone)
        guard let reading = clock.reading(at: first),
            let rule = try repetition.rule(from: reading.day, in: context)
        else { return ([first], nil) }
        let exceptions = try repetition.exceptions(in: context)
        let days = rule.days(from: reading.day)
        guard days.count <= Recurrence.occurrencesMax else {
            throw CommandFailure(
                .usage, code: "seriesTooLong",
                "That makes more than \(Recurrence.occurrencesMax) times.",
                hint: "Give an earlier day with --until, or --count.")
        }
        for day in exceptions.sorted() where !days.contains(day) {
            context.output.warn("\(day.text) is not a day of the series.")
        }
        let starts = clock.instants(
            of: days.filter { !exceptions.contains($0) }, millisecondOfDay: reading.millisecondOfDay
        )
        guard !starts.isEmpty else {
            throw CommandFailure(
                .usage, code: "seriesEmpty", "The series has no day at all.",
                hint: "See whether the days of --on come between the first day and --until.")
        }
        return (starts, rule)
    }

    /// A mentor who is asked for both times at once can keep one of them only.
    private func warnOfOverlap(_ added: Set<RecordID>, in context: CommandContext) throws {
        let now = context.presentMilliseconds
        let slots = try context.replica.read { reader in
            try reader.records(
                of: Schema.slot, where: [.scope(.slots(of: reader.identity.member))],
                orderedBy: Fields.Slot.start
            ).map { SlotView($0, now: now) }
        }
        let new = slots.filter { added.contains($0.record.id) }
        let overlapping = slots.filter { slot in
            slot.state != .withdrawn && new.contains { $0.overlaps(slot) }
        }
        let others = overlapping.filter { !added.contains($0.record.id) }
        guard !others.isEmpty else {
            if !overlapping.isEmpty {
                context.output.warn("Times of the series overlap with each other.")
            }
            return
        }
        let listedMax = 5
        let ids = others.prefix(listedMax).map(\.record.id.shortText).joined(separator: ", ")
        let more = others.count > listedMax ? " and \(others.count - listedMax) more" : ""
        let subject = added.count == 1 ? "It overlaps" : "Some of them overlap"
        context.output.warn("\(subject) with other times of yours: \(ids)\(more)")
    }

    private func own(_ offer: RecordReference, in reader: ReplicaReader) throws -> StoredRecord {
        let record = try offer.resolve(Schema.offer, in: reader)
        guard record.scope.mentor == reader.identity.member else {
            throw CommandFailure(
                .notAllowed, code: "otherMentor",
                "The offer \(record.id.shortText) is another mentor's.",
                hint: "See yours with: waymark offer list")
        }
        return record
    }

    /// In minutes.
    private func length(_ model: StoredRecord?) throws -> Int64 {
        if let duration { return try SlotLength.minutes(duration, noun: "Slots") }
        let field = model?.entity == Schema.slot.id ? Fields.Slot.minutes : Fields.Offer.minutes
        if let minutes = model?.integer(field) { return minutes }
        throw CommandFailure(
            .usage, code: "durationMissing", "It was not said how long the slot is.",
            hint: "Say it with --duration, as in: --duration 45m")
    }
}
