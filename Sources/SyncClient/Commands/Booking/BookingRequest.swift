import ArgumentParser
import Model
import Replica

struct BookingRequest: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "Ask for a time",
        discussion: """
            If the slot is taken when the request reaches the hub, the alternates are tried in the
            order given.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The slot's id or its beginning")
    var slot: RecordReference

    @Option(name: .customLong("or"), help: "Another slot of the same mentor; repeat it for more")
    var alternates: [RecordReference] = []

    @Flag(help: "If all seats of the first slot are taken, wait for one to become free")
    var waitlist = false

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
    }

    func run(in context: CommandContext) async throws {
        var values: [FieldID: Value] = [:]
        values[Fields.Booking.topic] = try topic.map {
            .text(try context.shortText($0, "topic"))
        }
        values[Fields.Booking.note] = try note.map {
            .text(try context.textInput("note").read($0))
        }
        if waitlist { values[Fields.Booking.waits] = .boolean(true) }
        let clock = StartClock(context)
        let (id, looksTaken) = try context.replica.act(
            "booking request", at: context.now, isUndoable: false
        ) { action in
            let choices = try choices(in: action.reader, clock: clock)
            guard let mentor = choices[0].mentor else {
                throw ReplicaError(.unknownRecord, slot.text)
            }
            let participant = try participant(of: mentor, in: action.reader)
            try requireNew(choices[0].record.id, participant, in: action.reader)
            values[Fields.Booking.slot] = .reference(choices[0].record.id)
            // What the time is for is what the two meet about, unless something else is said.
            if topic == nil, let offer = choices[0].record.reference(Fields.Slot.offer),
                let record = try action.reader.record(offer, of: Schema.offer),
                let name = record.text(Fields.Offer.topic)
            {
                values[Fields.Booking.topic] = .text(name)
            }
            if choices.count > 1 {
                values[Fields.Booking.alternates] = .list(
                    choices.dropFirst().map { .reference($0.record.id) })
            }
            let id = try action.create(
                Schema.booking, in: .pair(mentor: mentor, participant: participant),
                values: values)
            return (id, choices.allSatisfy { $0.state == .full })
        }
        if looksTaken {
            context.output.warn("All seats seem to be taken; the hub decides when you sync.")
        }
        try BookingOutput.show(id, in: context)
    }

    /// The slots in the order of preference, each once.
    private func choices(in reader: ReplicaReader, clock: StartClock) throws -> [SlotView] {
        var choices: [SlotView] = []
        for reference in [slot] + alternates {
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

    /// Nobody needs a seat twice: an open request for the same slot would only be refused later.
    private func requireNew(
        _ slot: RecordID, _ participant: MemberID, in reader: ReplicaReader
    ) throws {
        let standing = try reader.bookingOutlooks().first { outlook in
            outlook.participant == participant && outlook.slot == slot
                && (outlook.ruled == nil && outlook.unruledActs.isEmpty
                    || [.held, .confirmed, .waitlisted].contains(outlook.state))
        }
        guard let standing else { return }
        throw CommandFailure(
            .refused, code: "alreadyRequested",
            "There is a request for this slot already: the booking \(standing.booking.id.shortText)",
            hint: "See how it stands with: waymark booking show \(standing.booking.id.shortText)")
    }

    private func participant(of mentor: MemberID, in reader: ReplicaReader) throws -> MemberID {
        let oneself = reader.identity.member
        switch try reader.role(of: oneself) {
        case .participant where participant == nil:
            return oneself
        case .participant:
            let named = try TaskParticipant.resolve(participant, in: reader)
            if named == oneself { return oneself }
        case .mentor where mentor == oneself:
            let named = try TaskParticipant.resolve(participant, in: reader)
            if try reader.isCurrentMentor(oneself, of: named) { return named }
        case .mentor, .admin, nil:
            break
        }
        throw CommandFailure(
            .notAllowed, code: RefusalReason.notAllowed.code,
            "Participants ask for themselves, mentors for participants of their own.",
            hint: "See who is whose with: waymark mentorship list")
    }
}
