import Model
import Replica

/// A booking as commands show it.
struct BookingView {
    let outlook: BookingOutlook

    init(_ outlook: BookingOutlook) {
        self.outlook = outlook
    }

    var id: RecordID { outlook.booking.id }

    /// The hub's reason as a word, else what the person said who ended it.
    private var reason: String? { outlook.reason?.code ?? outlook.statement }

    /// The slots that are tried if the first one is taken, in their order, until the hub has ruled.
    private var alternates: [RecordID] {
        guard outlook.ruled == nil else { return [] }
        return outlook.booking.list(Fields.Booking.alternates).compactMap(\.reference)
    }

    var json: JSONValue {
        [
            "id": .string(id.text), "slot": .string(outlook.slot.text),
            "mentor": .string(outlook.mentor.text),
            "participant": .string(outlook.participant.text), "start": .time(outlook.start),
            "end": .time(outlook.end),
            "topic": JSONValue(outlook.booking.text(Fields.Booking.topic)),
            "note": JSONValue(outlook.booking.text(Fields.Booking.note)),
            "notes": JSONValue(outlook.booking.text(Fields.Booking.notes)),
            "state": .string(outlook.state.name), "pending": .bool(outlook.isPending),
            "reason": JSONValue(reason),
            "move": outlook.move.map(Self.json) ?? .null,
            "alternates": .array(alternates.map { .string($0.text) }),
            "alternatives": Self.json(outlook.alternatives),
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
        sheet.add("reason", outlook.reason.map { "\($0.sentence)" } ?? reason.map { "\($0)" })
        sheet.add("slot", "\(outlook.slot.text)")
        if let move = outlook.move { add(move, to: &sheet, presentation) }
        sheet.add("or", "\(alternates.map(\.shortText).joined(separator: ", "))")
        for alternative in outlook.alternatives + (outlook.move?.alternatives ?? []) {
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
        guard outlook.state == .requested else { return Self.colour(outlook.state) }
        guard let ruled = outlook.ruled else {
            return "\("requested", .warning), the hub has not ruled yet"
        }
        return "\("requested", .warning), \(ruled.name) until the hub has ruled"
    }

    /// For a table: the state, and whether a move waits.
    private var stateWithMove: TerminalText {
        guard let move = outlook.move, move.state == .requested || move.state == .open else {
            return Self.colour(outlook.state)
        }
        return "\(Self.colour(outlook.state)), \("move proposed", .warning)"
    }

    private static func colour(_ state: BookingState) -> TerminalText {
        switch state {
        case .confirmed, .completed: "\(state.name, .success)"
        case .requested, .held, .waitlisted: "\(state.name, .warning)"
        case .refused, .declined, .cancelled, .missed: "\(state.name, .error)"
        }
    }

    private func timeText(_ presentation: Presentation) -> String {
        guard let start = outlook.start, let end = outlook.end else { return "not known yet" }
        return presentation.time.range(from: start, to: end)
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
        if let reason = event.reason { line.append(", because \(reason.clause)") }
        if let statement = event.statement {
            line.append(", “\(TerminalText.flattened(statement))”")
        }
        if event.isUnruled { line.append(" \("(waits for the hub)", .warning)") }
        return line
    }

    static func table(_ bookings: [BookingView], _ presentation: Presentation) -> TextTable {
        var table = TextTable(["ID", "TIME", "MENTOR", "PARTICIPANT", "STATE", "TOPIC"])
        for booking in bookings {
            let outlook = booking.outlook
            let time = booking.timeText(presentation)
            let others = booking.alternates.count
            table.add([
                "\(booking.id.shortText, .faint)",
                others == 0 ? "\(time)" : "\(time) or \(SyncSummary.counted(others, "other"))",
                "\(presentation.name(outlook.mentor))",
                "\(presentation.name(outlook.participant))", booking.stateWithMove,
                "\(outlook.booking.text(Fields.Booking.topic) ?? "")",
            ])
        }
        return table
    }
}

extension VerdictReason {
    /// The reason for people, on its own.
    var sentence: String { clause.prefix(1).uppercased() + clause.dropFirst() + "." }

    /// The reason for people, inside a sentence.
    var clause: String {
        switch self {
        case .slotTaken: "the slot was taken"
        case .slotWithdrawn: "the mentor has withdrawn the slot"
        case .slotStarted: "the meeting had begun already"
        case .slotUnknown: "there is no such slot"
        case .participantBusy: "the participant is busy at that time"
        case .mentorBusy: "the mentor is busy at that time"
        case .expired: "the time came before the mentor had approved"
        case .wrongState: "the booking was not in a state for that"
        case .notStarted: "the meeting had not begun yet"
        case .moveClosed: "no such proposal waited for an answer any more"
        }
    }
}
