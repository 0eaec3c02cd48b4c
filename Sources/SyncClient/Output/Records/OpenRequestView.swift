import Model
import Replica

/// A request to any mentor of which no booking has come, shown like a booking without a mentor.
struct OpenRequestView {
    let outlook: OpenRequestOutlook

    private var request: StoredRecord { outlook.request }
    private var from: Int64? { request.integer(Fields.OpenRequest.from) }
    private var until: Int64? { request.integer(Fields.OpenRequest.until) }
    private var topic: String? { request.text(Fields.OpenRequest.topic) }

    /// With the keys of a booking.
    var json: JSONValue {
        [
            "id": .string(request.id.text), "slot": .null, "mentor": .null,
            "participant": .string(outlook.participant.text), "start": .null, "end": .null,
            "topic": JSONValue(topic), "note": JSONValue(request.text(Fields.OpenRequest.note)),
            "notes": .null, "state": .string(outlook.state.name),
            "pending": .bool(outlook.isPending), "status": .string(outlook.state.name),
            "final": .bool(false), "minutes": .null, "from": .time(from), "until": .time(until),
            "decideAt": .null, "series": .null, "openRequest": .string(request.id.text),
            "payment": .null, "amount": .null, "followUp": .null,
            "beside": .array([]), "overbooked": false, "reason": JSONValue(outlook.reason?.code),
            "move": .null,
            "alternates": .array([]),
            "alternatives": .array([]),
            "history": .array([
                [
                    "at": .time(request.createdAt.milliseconds),
                    "by": .string(outlook.participant.text), "act": "request",
                    "text": JSONValue(request.text(Fields.OpenRequest.note)), "reason": .null,
                    "ineffective": .null, "slot": .null, "start": .null,
                    "pending": .bool(outlook.isPending),
                ]
            ]),
        ]
    }

    func text(_ presentation: Presentation) -> TerminalText {
        var sheet = RecordSheet("\(topic ?? "Request", .emphasis)")
        sheet.add("id", "\(request.id.text)")
        sheet.add("time", "\(timeText(presentation))")
        sheet.add("mentor", "any who offers this")
        sheet.add("participant", "\(presentation.name(outlook.participant))")
        sheet.add("state", stateText)
        sheet.add("reason", outlook.reason.map { "\($0.sentence)" })
        sheet.addParagraph(request.text(Fields.OpenRequest.note), label: "Note")
        return sheet.text
    }

    private var stateText: TerminalText {
        outlook.isPending
            ? "\("requested", .warning), the hub has not ruled yet"
            : BookingView.colour(outlook.state)
    }

    /// A row of ``BookingTable``.
    func row(_ presentation: Presentation) -> [TerminalText] {
        [
            "\(request.id.shortText, .faint)", "\(timeText(presentation))", "any",
            "\(presentation.name(outlook.participant))", BookingView.colour(outlook.state),
            "\(topic ?? "")",
        ]
    }

    private func timeText(_ presentation: Presentation) -> String {
        guard let from, let until else { return "not known yet" }
        return "any between " + presentation.time.range(from: from, to: until)
    }
}
