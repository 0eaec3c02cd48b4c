import Model
import Replica

/// What notifications say of meetings.
struct MeetingWords {
    private let outlook: BookingOutlook
    /// Who asked, proposed, answered or ended it; nil where time ran out.
    private let actor: MemberID?
    private let presentation: Presentation
    /// Whether the sentence begins with who did it.
    private var isNamed = true

    init(_ outlook: BookingOutlook, actor: MemberID?, _ presentation: Presentation) {
        self.outlook = outlook
        self.actor = actor
        self.presentation = presentation
    }

    mutating func sentence(
        of notification: MemberNotification, verdict: StoredRecord?, act: StoredRecord?
    ) -> String {
        switch notification.kind {
        case .request: return request
        case .feedback: return "\(name) gave feedback on \(meeting)."
        case .cancellation: return "\(name) cancelled \(meeting)."
        case .move: return move(act)
        default: break
        }
        if verdict == nil, act?.actKind == .grant { return "\(name) confirmed \(meeting)." }
        isNamed = false
        let state = verdict?.integer(Fields.BookingVerdict.state)
            .flatMap(BookingState.init(rawValue:))
        let reason = verdict?.integer(Fields.BookingVerdict.reason)
            .flatMap(VerdictReason.init(rawValue:))
        let why = reason.map { ": \($0.clause)" } ?? ""
        if let act = verdict?.actKind(saidBy: act, on: outlook.booking),
            verdict?.hasReason ?? false
        {
            return "Your \(act.name) of \(meeting) had no effect\(why)."
        }
        let began = meeting.prefix(1).uppercased() + meeting.dropFirst()
        switch state {
        case .held: return "\(began) waits for approval; the seat is yours until then."
        case .waitlisted: return "\(began) waits for a seat."
        case .completed, .missed:
            isNamed = true
            return "\(name) noted \(meeting) as \(state?.name ?? "")."
        case let state?: return "\(began) is \(state.name)\(why)."
        case nil: return "The hub has ruled on \(meeting)."
        }
    }

    private var name: String { presentation.name(actor) }
    private var namedFirst: MemberID? { isNamed ? actor : nil }

    private var request: String {
        let time = outlook.start.map { " on \(presentation.time.string($0))" } ?? ""
        let about =
            outlook.booking.text(Fields.Booking.topic)
            .map { ", “\(TerminalText.flattened($0))”" } ?? ""
        switch outlook.ruled {
        case .confirmed, .completed, .missed:
            return "\(name) booked a meeting with you\(time)\(about)."
        default: return "\(name) asks for a meeting with you\(time)\(about)."
        }
    }

    private func move(_ act: StoredRecord?) -> String {
        switch act?.actKind {
        case .acceptMove: return "\(name) accepted the new time of \(meeting)."
        case .refuseMove: return "\(name) is against another time for \(meeting)."
        default: break
        }
        guard let move = outlook.move, move.state == .open || move.state == .requested,
            move.author == actor, let start = move.start
        else { return "\(name) moved, or wanted to move, \(meeting)." }
        return "\(name) proposes \(presentation.time.string(start)) instead, for \(meeting)."
    }

    /// `the meeting with Mara on Fri 2026-12-04 10:00`.
    private var meeting: String {
        let isMentor = outlook.mentor == presentation.oneself
        let person = isMentor ? outlook.participant : outlook.mentor
        // Where the sentence begins with their name already, they are not named again.
        let other = person == namedFirst ? "you" : presentation.name(person)
        let time = outlook.start.map { " on \(presentation.time.string($0))" } ?? ""
        return "the meeting with \(other)\(time)"
    }
}
