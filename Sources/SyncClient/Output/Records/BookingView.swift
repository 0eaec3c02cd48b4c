import Model
import Replica

/// A booking as commands show it.
struct BookingView {
    let outlook: BookingOutlook
    /// The present by the best clock at hand.
    private let now: Int64
    /// A free slot at the same time a week later, of a meeting that took place.
    var followUp: SlotView?
    /// Other meetings of the member at that time.
    var beside: [RecordID] = []
    /// Whether more people have a seat of its slot than it has seats.
    var isOverbooked = false

    init(_ outlook: BookingOutlook, now: Int64) {
        self.outlook = outlook
        self.now = now
    }

    var id: RecordID { outlook.booking.id }

    /// The hub's reason as a word, else what the person said who ended it.
    private var reason: String? { verdictReason?.code ?? outlook.statement }

    /// What was promised since makes up for what the hub had ruled.
    private var verdictReason: VerdictReason? { outlook.isPromised ? nil : outlook.reason }
    private var alternatives: [BookingOutlook.Alternative] {
        outlook.isPromised ? [] : outlook.alternatives
    }

    /// The slots that are tried if the first one is taken, in their order, until the hub has ruled.
    private var alternates: [RecordID] {
        guard outlook.ruled == nil else { return [] }
        return outlook.booking.list(Fields.Booking.alternates).compactMap(\.reference)
    }

    /// Whether it takes place now.
    var isOngoing: Bool {
        guard outlook.state == .confirmed, let start = outlook.start, let end = outlook.end else {
            return false
        }
        return (start..<max(start, end)).contains(now)
    }

    /// The state, or `ongoing`.
    var status: String { isOngoing ? "ongoing" : outlook.state.name }

    private var payment: PaymentState? {
        outlook.booking.integer(Fields.Booking.payment).flatMap(PaymentState.init(rawValue:))
    }

    private var amount: Money? {
        outlook.booking.money(Fields.Booking.amount)
    }

    var json: JSONValue {
        [
            "id": .string(id.text), "slot": JSONValue(outlook.slot?.text),
            "mentor": .string(outlook.mentor.text),
            "participant": .string(outlook.participant.text), "start": .time(outlook.start),
            "end": .time(outlook.end),
            "topic": JSONValue(outlook.booking.text(Fields.Booking.topic)),
            "note": JSONValue(outlook.booking.text(Fields.Booking.note)),
            "notes": JSONValue(outlook.booking.text(Fields.Booking.notes)),
            "state": .string(outlook.state.name), "pending": .bool(outlook.isPending),
            "status": .string(status), "final": .bool(outlook.isPromised),
            "minutes": minutes.map { .int($0) } ?? .null,
            "from": .time(outlook.booking.integer(Fields.Booking.from)),
            "until": .time(outlook.booking.integer(Fields.Booking.until)),
            "decideAt": .time(outlook.decideAt),
            "series": JSONValue(outlook.booking.reference(Fields.Booking.series)?.text),
            "openRequest": JSONValue(
                outlook.booking.reference(Fields.Booking.openRequest)?.text),
            "payment": JSONValue(payment?.name),
            "amount": amount?.json ?? .null,
            "followUp": followUp.map {
                ["id": .string($0.record.id.text), "start": .time($0.start)]
            } ?? .null,
            "beside": .array(beside.map { .string($0.text) }),
            "overbooked": .bool(isOverbooked),
            "reason": JSONValue(reason),
            "move": outlook.move.map(Self.json) ?? .null,
            "alternates": .array(alternates.map { .string($0.text) }),
            "alternatives": Self.json(alternatives),
            "history": .array(outlook.events.map(Self.json)),
        ]
    }

    private static func json(_ alternatives: [BookingOutlook.Alternative]) -> JSONValue {
        .array(alternatives.map { ["id": .string($0.slot.text), "start": .time($0.start)] })
    }

    private static func json(_ move: BookingMove) -> JSONValue {
        [
            "to": .string(move.slot.text), "start": .time(move.start), "end": .time(move.end),
            "by": JSONValue(move.author?.text), "state": .string(move.state.rawValue),
            "reason": JSONValue(move.reason?.code),
            "alternatives": json(move.alternatives),
            "pending": .bool(move.state == .requested || move.unruledAnswer != nil),
        ]
    }

    private static func json(_ event: BookingOutlook.Event) -> JSONValue {
        [
            "at": .time(event.at), "by": author(event), "act": .string(event.word),
            "text": JSONValue(event.statement), "reason": JSONValue(event.reason?.code),
            "ineffective": JSONValue(event.ineffectiveAct?.name),
            "slot": JSONValue(event.slot?.slot.text), "start": .time(event.slot?.start),
            "pending": .bool(event.isUnruled),
        ]
    }

    private static func author(_ event: BookingOutlook.Event) -> JSONValue {
        switch event.author {
        case .hub: "hub"
        case .member(let member): JSONValue(member?.text)
        }
    }

    func text(_ presentation: Presentation) -> TerminalText {
        var sheet = RecordSheet(
            "\(outlook.booking.text(Fields.Booking.topic) ?? "Booking", .emphasis)")
        sheet.add("id", "\(id.text)")
        sheet.add("time", "\(timeText(presentation))")
        sheet.add("mentor", "\(presentation.name(outlook.mentor))")
        sheet.add("participant", "\(presentation.name(outlook.participant))")
        sheet.add("state", stateText)
        sheet.add("reason", verdictReason.map { "\($0.sentence)" } ?? reason.map { "\($0)" })
        if let decideAt = outlook.decideAt {
            sheet.add("decided", "\(presentation.time.string(decideAt))")
        }
        if let slot = outlook.slot { sheet.add("slot", "\(slot.text)") }
        if let paymentText { sheet.add("payment", "\(paymentText)") }
        if let followUp {
            sheet.add(
                "again",
                "\(presentation.time.string(followUp.start)) is free: "
                    + "waymark booking request \(followUp.record.id.shortText)")
        }
        if !beside.isEmpty {
            let ids = beside.map(\.shortText).joined(separator: ", ")
            sheet.add(
                "beside", "\("another meeting at that time", .error): \(ids); move or cancel one")
        }
        if isOverbooked {
            sheet.add(
                "seats",
                "\("more people have one than there are", .error); one has to move or cancel")
        }
        if let move = outlook.move { add(move, to: &sheet, presentation) }
        sheet.add("or", "\(alternates.map(\.shortText).joined(separator: ", "))")
        for alternative in alternatives + (outlook.move?.alternatives ?? []) {
            let start = alternative.start.map { presentation.time.string($0) } ?? ""
            sheet.add("instead", "\(alternative.slot.shortText)  \(start)")
        }
        for event in outlook.events { sheet.add("", line(event, presentation)) }
        sheet.addParagraph(outlook.booking.text(Fields.Booking.note), label: "Note")
        sheet.addParagraph(outlook.booking.text(Fields.Booking.notes), label: "Notes")
        return sheet.text
    }

    private func add(
        _ move: BookingMove, to sheet: inout RecordSheet, _ presentation: Presentation
    ) {
        var time = "a time not known yet"
        if let start = move.start, let end = move.end {
            time = presentation.time.range(from: start, to: end)
        }
        let author = presentation.name(move.author)
        switch move.state {
        case .requested:
            sheet.add("move", "to \(time), by \(author); \("the hub has not ruled yet", .warning)")
        case .open:
            let isOwn = move.author == presentation.oneself
            let next: TerminalText =
                move.unruledAnswer.map { "\("\($0.name) waits for the hub", .warning)" }
                ?? (isOwn
                    ? "\("waits for the other side", .warning)"
                    : "\("waits for you", .warning): waymark booking accept-move \(id.shortText), "
                        + "or refuse-move")
            sheet.add("move", "to \(time), by \(author); \(next)")
        case .accepted: sheet.add("moved", "by \(author), and accepted")
        case .refused, .withdrawn, .lapsed, .failed:
            sheet.add("move", "to \(time), by \(author): \(move.state.rawValue)")
        }
        if let reason = move.reason { sheet.add("why not", "\(reason.sentence)") }
    }

    /// The state in words that promise nothing which the hub has not ruled.
    private var stateText: TerminalText {
        if outlook.isPromised {
            return
                "\("confirmed", .success) for good by the mentor's laptop; the hub will hear of it"
        }
        if isOngoing { return "\("ongoing", .success)" }
        guard outlook.state == .requested else { return Self.colour(outlook.state) }
        guard let ruled = outlook.ruled else {
            return "\("requested", .warning), the hub has not ruled yet"
        }
        return "\("requested", .warning), \(ruled.name) until the hub has ruled"
    }

    /// In minutes; nil while the slot is not known.
    private var minutes: Int64? {
        guard let start = outlook.start, let end = outlook.end else { return nil }
        return end.subtracting(clamped: start) / 60_000
    }

    private var paymentText: String? {
        guard payment != nil || amount != nil else { return nil }
        return [amount?.text, payment?.name].compactMap { $0 }
            .joined(separator: ", ")
    }

    /// For a table: the state, and whether a move waits.
    private var stateWithMove: TerminalText {
        if isOngoing { return "\("ongoing", .success)" }
        guard let move = outlook.move, move.state == .requested || move.state == .open else {
            return Self.colour(outlook.state)
        }
        return "\(Self.colour(outlook.state)), \("move proposed", .warning)"
    }

    static func colour(_ state: BookingState) -> TerminalText {
        switch state {
        case .confirmed, .completed: "\(state.name, .success)"
        case .requested, .held, .waitlisted: "\(state.name, .warning)"
        case .refused, .declined, .cancelled, .missed: "\(state.name, .error)"
        }
    }

    private func timeText(_ presentation: Presentation) -> String {
        if let start = outlook.start, let end = outlook.end {
            return presentation.time.range(from: start, to: end)
        }
        if let from = outlook.booking.integer(Fields.Booking.from),
            let until = outlook.booking.integer(Fields.Booking.until)
        {
            return "any between " + presentation.time.range(from: from, to: until)
        }
        return "not known yet"
    }

    private func line(
        _ event: BookingOutlook.Event, _ presentation: Presentation
    ) -> TerminalText {
        let author =
            switch event.author {
            case .hub: "the hub"
            case .member(let member): presentation.name(member)
            }
        var line: TerminalText =
            "\(presentation.time.string(event.at), .faint)  \(author): "
        if let act = event.ineffectiveAct {
            line.append("\(act.name) had no effect; still \(event.word)")
        } else {
            line.append("\(event.isNote ? "noted" : event.word)")
        }
        if let start = event.slot?.start { line.append(" to \(presentation.time.string(start))") }
        if let reason = event.reason { line.append(", because \(reason.clause)") }
        if let statement = event.statement {
            line.append(", “\(TerminalText.flattened(statement))”")
        }
        if event.isUnruled { line.append(" \("(waits for the hub)", .warning)") }
        return line
    }

    /// A row of ``BookingTable``.
    func row(_ presentation: Presentation) -> [TerminalText] {
        let time = timeText(presentation)
        let others = alternates.count
        return [
            "\(id.shortText, .faint)",
            others == 0 ? "\(time)" : "\(time) or \(SyncSummary.counted(others, "other"))",
            "\(presentation.name(outlook.mentor))",
            "\(presentation.name(outlook.participant))", stateWithMove,
            "\(outlook.booking.text(Fields.Booking.topic) ?? "")",
        ]
    }
}
