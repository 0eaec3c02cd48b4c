import Model
import Replica

/// Asks for a meeting about a topic with whichever mentor has time first.
struct OpenRequesting {
    private let topic: String
    private let note: Value?
    /// Between which instants it is to be, in milliseconds since 1970.
    private let span: Range<Int64>

    /// `details` are those of a booking: its topic and note.
    init(_ details: [FieldID: Value], _ span: Range<Int64>) {
        topic = details[Fields.Booking.topic]?.text ?? ""
        note = details[Fields.Booking.note]
        self.span = span
    }

    func ask(in context: CommandContext) throws {
        let (id, isOffered) = try context.replica.act(
            "booking request", at: context.now, isUndoable: false
        ) { action -> (RecordID, Bool) in
            let oneself = action.reader.identity.member
            try requireParticipant(action.reader)
            try requireNew(in: action.reader)
            var values: [FieldID: Value] = [
                Fields.OpenRequest.topic: .text(topic),
                Fields.OpenRequest.from: .integer(span.lowerBound),
                Fields.OpenRequest.until: .integer(span.upperBound),
            ]
            values[Fields.OpenRequest.note] = note
            let id = try action.create(Schema.openRequest, in: .own(oneself), values: values)
            return (id, try self.isOffered(in: action.reader))
        }
        if !isOffered {
            context.output.warn(
                "No mentor offers this, as far as is known here; see what they do with: "
                    + "waymark topic list")
        }
        try BookingOutput.showOpen(id, in: context)
    }

    private func isOffered(in reader: ReplicaReader) throws -> Bool {
        try reader.records(of: Schema.offer).contains {
            Topics.key(of: $0.text(Fields.Offer.topic) ?? "") == Topics.key(of: topic)
        }
    }

    private func requireParticipant(_ reader: ReplicaReader) throws {
        guard try reader.role(of: reader.identity.member) != .participant else { return }
        throw CommandFailure(
            .notAllowed, code: RefusalReason.notAllowed.code,
            "Only participants ask any mentor, each for themselves.",
            hint: "Ask a mentor by name with --mentor.")
    }

    /// Who asks twice gets two meetings, which few want.
    private func requireNew(in reader: ReplicaReader) throws {
        let standing = try reader.openRequests().first { outlook in
            let from = outlook.request.integer(Fields.OpenRequest.from) ?? .max
            let until = outlook.request.integer(Fields.OpenRequest.until) ?? .min
            let known = outlook.request.text(Fields.OpenRequest.topic) ?? ""
            return outlook.isPending && Topics.key(of: known) == Topics.key(of: topic)
                && from < span.upperBound && span.lowerBound < until
        }
        guard let id = standing?.request.id.shortText else { return }
        throw CommandFailure(
            .refused, code: "alreadyRequested",
            "The request \(id) asks for the same and waits for the hub.",
            hint: "Take it back with: waymark booking cancel \(id)")
    }
}
