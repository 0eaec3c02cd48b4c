import Model
import Replica

/// A notification as commands show it, in words made of the records as they are now.
struct NotificationView {
    let notification: MemberNotification
    private let subject: Subject

    /// What it is about, as far as it is here.
    private enum Subject {
        case meeting(BookingOutlook, verdict: StoredRecord?, act: StoredRecord?, actor: MemberID?)
        case record(StoredRecord, author: MemberID?)
        case nothing
    }

    init(_ notification: MemberNotification, in reader: ReplicaReader) throws {
        self.notification = notification
        subject = try Self.subject(of: notification, in: reader)
    }

    private static func subject(
        of notification: MemberNotification, in reader: ReplicaReader
    ) throws -> Subject {
        guard let entity = Schema.entity(notification.entity),
            let record = try reader.record(notification.record, of: entity, includesDead: true)
        else { return .nothing }
        guard ![.conflict, .erased].contains(notification.kind) else {
            return .record(record, author: notification.author)
        }
        func meeting(
            _ booking: RecordID?, verdict: StoredRecord? = nil, act: RecordID? = nil
        ) throws -> Subject {
            guard let booking, let found = try reader.record(booking, of: Schema.booking),
                let outlook = try reader.outlook(of: found)
            else { return .nothing }
            return .meeting(
                outlook, verdict: verdict,
                act: try act.flatMap { try reader.record($0, of: Schema.bookingAct) },
                actor: try act.flatMap { try reader.author(of: $0) } ?? notification.author)
        }
        switch entity.id {
        case Schema.booking.id: return try meeting(record.id, act: record.asked)
        case Schema.bookingAct.id:
            return try meeting(record.reference(Fields.BookingAct.booking), act: record.id)
        case Schema.bookingVerdict.id:
            return try meeting(
                record.reference(Fields.BookingVerdict.booking), verdict: record,
                act: record.reference(Fields.BookingVerdict.act))
        case Schema.feedback.id: return try meeting(record.reference(Fields.Feedback.booking))
        case Schema.taskFeedback.id:
            let task = try record.reference(Fields.TaskFeedback.task)
                .flatMap { try reader.record($0, of: Schema.task) }
            return .record(task ?? record, author: notification.author)
        default: return .record(record, author: notification.author)
        }
    }

    /// The record that a command would show: of what is said about a meeting, its booking.
    private var record: RecordID {
        if case .meeting(let outlook, _, _, _) = subject, notification.kind != .feedback {
            return outlook.booking.id
        }
        return notification.record
    }

    func json(_ presentation: Presentation) -> JSONValue {
        [
            "id": .string(notification.id.text), "kind": .string(notification.kind.name),
            "record": .string(record.text), "text": .string(sentence(presentation)),
            "at": .time(notification.at.milliseconds), "read": .bool(notification.isRead),
        ]
    }

    static func table(
        _ notifications: [NotificationView], _ presentation: Presentation
    ) -> TextTable {
        var table = TextTable(["ID", "WHEN", "KIND", "RECORD", "WHAT"])
        for view in notifications {
            let notification = view.notification
            let sentence = view.sentence(presentation)
            table.add([
                "\(notification.id.text.prefix(8), .faint)",
                "\(RelativeTime.string(notification.at.milliseconds, now: presentation.now))",
                "\(notification.kind.name)", "\(view.record.shortText, .faint)",
                notification.isRead ? "\(sentence, .faint)" : "\(sentence)",
            ])
        }
        return table
    }

    // MARK: Words

    /// One sentence for people.
    func sentence(_ presentation: Presentation) -> String {
        switch subject {
        case .nothing: return "Something changed that is not here any more."
        case .meeting(let outlook, let verdict, let act, let actor):
            var words = MeetingWords(outlook, actor: actor, presentation)
            return words.sentence(of: notification, verdict: verdict, act: act)
        case .record(let record, let author): return sentence(record, author, presentation)
        }
    }

    private func sentence(
        _ record: StoredRecord, _ author: MemberID?, _ presentation: Presentation
    ) -> String {
        let name = presentation.name(author)
        let label = "“\(TerminalText.flattened(record.label))”"
        switch notification.kind {
        case .taskGiven:
            let due = record.integer(Fields.Task.due).map {
                ", due \(presentation.time.string($0))"
            }
            return "\(name) gave you the task \(label)\(due ?? "")."
        case .taskSubmitted: return "\(name) submitted the task \(label); it waits for your review."
        case .taskDone:
            return author == record.scope.participant
                ? "\(name) has done the task \(label)."
                : "\(name) marked the task \(label) as done."
        case .taskReopened: return "\(name) reopened the task \(label)."
        case .feedback: return "\(name) gave feedback on the task \(label)."
        case .conflict:
            let noun = Schema.entity(record.entity).map(RecordReference.noun) ?? "record"
            let field = FieldValue.name(of: notification.field, in: record.entity)
            let place = notification.field == .life ? "" : "\(field) of "
            return "You and \(name) changed \(place)the \(noun) \(label) at the same time."
        case .erased:
            let noun = Schema.entity(record.entity).map(RecordReference.noun) ?? "record"
            return """
                \(name) erased the \(noun) \(record.id.shortText): what it said is gone from every \
                copy.
                """
        case .access: return access(record, presentation)
        case .verdict where record.entity == Schema.openRequest.id:
            let why = record.openRequestReason.map { ": \($0.clause)" } ?? ""
            return "Nothing came of your request \(label)\(why)."
        case .request, .verdict, .move, .cancellation: return "Something changed about \(label)."
        }
    }

    private func access(_ record: StoredRecord, _ presentation: Presentation) -> String {
        let oneself = presentation.oneself
        switch record.entity {
        case Schema.mentorship.id:
            let (mentor, participant) = (record.scope.mentor, record.scope.participant)
            let hasEnded = notification.field == Fields.Mentorship.ended
            switch oneself {
            case mentor:
                return hasEnded
                    ? "You mentor \(presentation.name(participant)) no longer."
                    : "You mentor \(presentation.name(participant)) from now on."
            case participant:
                return hasEnded
                    ? "\(presentation.name(mentor)) is your mentor no longer."
                    : "\(presentation.name(mentor)) is your mentor from now on."
            default:
                return """
                    \(presentation.name(mentor)) mentors \(presentation.name(participant)) \
                    \(hasEnded ? "no longer" : "from now on").
                    """
            }
        case Schema.device.id:
            let owner = record[Fields.Device.member].member
            let whose = owner == oneself ? "Your" : "\(presentation.name(owner))’s"
            let label = "laptop “\(TerminalText.flattened(record.text(Fields.Device.name) ?? ""))”"
            guard notification.field == Fields.Device.revocation else {
                return "A new laptop takes part in your name: \(label)."
            }
            let isStolen =
                record.integer(Fields.Device.revocation) == DeviceRevocation.stolen.rawValue
            return "\(whose) \(label) was revoked\(isStolen ? " as stolen" : "")."
        case Schema.profile.id:
            let member = MemberID(record.id)
            let isOneself = member == oneself
            let name = isOneself ? "You" : presentation.name(member)
            let verb = isOneself ? "are" : "is"
            if notification.field == Fields.Profile.role {
                let role = record.integer(Fields.Profile.role).flatMap(Role.init(rawValue:))
                return "\(name) \(verb) \(role?.name ?? "a member") from now on."
            }
            let isSuspended =
                record.integer(Fields.Profile.state) == MemberState.suspended.rawValue
            return isSuspended
                ? "\(name) \(verb) suspended."
                : "\(name) take\(isOneself ? "" : "s") part again."
        case Schema.invitation.id:
            let joined = record.reference(Fields.Invitation.redeemedBy).map { MemberID($0) }
            return "\(presentation.name(joined)) has joined by your invitation."
        default: return "Somebody’s access has changed."
        }
    }
}
