import Foundation
import Model
import Replica

/// What a mail says: kinds, names and times. No title, topic, note, comment or reason leaves the
/// hub by mail: what one has to read stands on the laptop.
struct MailWords {
    private let store: HubStore
    private let member: MemberID
    private let time: MailTime

    init(_ store: HubStore, for member: MemberID, timeZone: TimeZone) {
        self.store = store
        self.member = member
        time = MailTime(timeZone: timeZone)
    }

    static let linesMax = 50

    static func subject(count: Int, programme: String) -> String {
        "\(count) new thing\(count == 1 ? "" : "s") in \(flattened(programme))"
    }

    /// The text of a mail about these.
    func text(_ notices: [HubStore.MailNotice], programme: String) throws -> String {
        var lines = ["New for you in \(Self.flattened(programme)):", ""]
        let told = Self.collapsed(try notices.map(line))
        lines += told.prefix(Self.linesMax).map { "- \($0)" }
        if told.count > Self.linesMax { lines.append("- and more") }
        lines += [
            "", "See what it is with: waymark sync, then waymark notification list", "",
            "You get this mail as a member of \(Self.flattened(programme)). To get fewer or none:",
            "waymark notification settings --mail none (or daily, or prompt), then waymark sync",
        ]
        return lines.joined(separator: "\n")
    }

    /// Each line once, in the order in which they come first, and how often it came.
    static func collapsed(_ lines: [String]) -> [String] {
        var counts: [String: Int] = [:]
        for line in lines { counts[line, default: 0] += 1 }
        var told: Set<String> = []
        return lines.filter { told.insert($0).inserted }.map { line in
            let count = counts[line] ?? 1
            return count == 1 ? line : "\(line) (\(count) times)"
        }
    }

    /// One line without anything that could steer a reader's screen.
    static func flattened(_ text: String) -> String {
        let words = text.unicodeScalars.map { scalar in
            let isSpace = scalar.properties.isWhitespace || scalar.value < 0x20
            return isSpace || (0x7F...0x9F).contains(scalar.value) ? " " : String(scalar)
        }.joined()
        return TerminalSafe.escape(words.split(separator: " ").joined(separator: " "))
    }

    private func line(_ notice: HubStore.MailNotice) throws -> String {
        let author = try store.tables.member(of: notice.device)
        let name = try name(author)
        switch notice.kind {
        case .request:
            let asker = try self.name(asker(of: notice))
            return "\(asker) asks for a meeting\(try start(ofBooking: notice.change.record))"
        case .taskGiven: return "\(name) gave you a task"
        case .taskSubmitted: return "\(name) submitted a task for review"
        case .taskDone: return "\(name) marked a task as done"
        case .taskReopened: return "\(name) reopened a task"
        case .feedback: return "\(name) gave feedback"
        case .erased: return "\(name) erased something that you wrote, or that was yours"
        case .conflict: return "Two versions of something stand against each other"
        case .access: return try access(notice)
        case .verdict, .move, .cancellation: return try meeting(notice)
        }
    }

    // MARK: Meetings

    /// Who asked for a meeting; the hub asks for whoever made an open request.
    private func asker(of notice: HubStore.MailNotice) throws -> MemberID? {
        let scope = try store.tables.scope(key: notice.scope).scope
        let values = try TableFacts(store.tables).values(
            of: notice.change.record, entity: notice.change.entity, in: scope)
        let record = notice.change.record
        return try store.tables.member(of: (values?.asked(of: record) ?? record).device)
    }

    private func meeting(_ notice: HubStore.MailNotice) throws -> String {
        guard notice.change.entity != Schema.openRequest.id else {
            return "No mentor has time for what you asked for"
        }
        let scope = try store.tables.scope(key: notice.scope).scope
        let facts = TableFacts(store.tables)
        let values =
            try facts.values(
                of: notice.change.record, entity: notice.change.entity, in: scope) ?? FieldValues()
        let isVerdict = notice.change.entity == Schema.bookingVerdict.id
        let booking =
            isVerdict
            ? values[Fields.BookingVerdict.booking]?.reference
            : values[Fields.BookingAct.booking]?.reference
        let act =
            isVerdict ? values[Fields.BookingVerdict.act]?.reference : notice.change.record
        let actor = try name(act.flatMap { try store.tables.member(of: $0.device) })
        let time = try booking.map(start(ofBooking:)) ?? ""
        let other = try name(scope.members.first { $0 != member })
        switch notice.kind {
        case .cancellation: return "\(actor) cancelled the meeting\(time)"
        case .move:
            return isVerdict
                ? "\(actor) answered about another time for the meeting\(time)"
                : "\(actor) wants another time for the meeting\(time)"
        default:
            guard isVerdict else { return "\(actor) confirmed the meeting\(time)" }
            let state = values[Fields.BookingVerdict.state]?.integer
                .flatMap(BookingState.init(rawValue:))
            let isOnAct = act != nil && act != booking
            let hasReason = values[Fields.BookingVerdict.reason].map { !$0.isNull } ?? false
            if isOnAct, hasReason {
                return "What you said about the meeting with \(other)\(time) had no effect"
            }
            switch state {
            case .held: return "The meeting with \(other)\(time) waits for approval"
            case .waitlisted: return "The meeting with \(other)\(time) waits for a seat"
            case let state?: return "The meeting with \(other)\(time) is \(state.name)"
            case nil: return "The hub has ruled on the meeting with \(other)\(time)"
            }
        }
    }

    /// ` on Fri 2026-12-04 10:00`, nothing where it is not known.
    private func start(ofBooking booking: RecordID) throws -> String {
        let start = try store.status(of: booking)?.slot?.start ?? store.requestedStart(of: booking)
        return start.map { " on \(time.text($0))" } ?? ""
    }

    // MARK: Access

    private func access(_ notice: HubStore.MailNotice) throws -> String {
        let scope = try store.tables.scope(key: notice.scope).scope
        let values =
            try TableFacts(store.tables).values(
                of: notice.change.record, entity: notice.change.entity, in: scope) ?? FieldValues()
        switch (notice.change.entity, notice.change.field) {
        case (Schema.mentorship.id, let field):
            let (mentor, participant) = (try name(scope.mentor), try name(scope.participant))
            let end = field == Fields.Mentorship.ended ? "no longer" : "from now on"
            if scope.mentor == member { return "You mentor \(participant) \(end)" }
            if scope.participant == member { return "\(mentor) is your mentor \(end)" }
            return "\(mentor) mentors \(participant) \(end)"
        case (Schema.device.id, Fields.Device.revocation):
            let owner = values[Fields.Device.member]?.member
            return owner == member
                ? "A laptop of yours was revoked" : "A laptop of \(try name(owner)) was revoked"
        case (Schema.device.id, _): return "A new laptop takes part in your name"
        case (Schema.profile.id, Fields.Profile.state):
            let isSuspended =
                values[Fields.Profile.state]?.integer == MemberState.suspended.rawValue
            let isOneself = notice.change.record == member.recordID
            let who = isOneself ? "You" : try name(MemberID(notice.change.record))
            return isSuspended
                ? "\(who) \(isOneself ? "are" : "is") suspended"
                : "\(who) take\(isOneself ? "" : "s") part again"
        case (Schema.profile.id, _):
            let role = values[Fields.Profile.role]?.integer.flatMap(Role.init(rawValue:))
            let isOneself = notice.change.record == member.recordID
            let who = isOneself ? "You" : try name(MemberID(notice.change.record))
            return "\(who) \(isOneself ? "are" : "is") \(role?.name ?? "a member") from now on"
        case (Schema.invitation.id, _):
            let joined = values[Fields.Invitation.redeemedBy]?.member
            return "\(try name(joined)) has joined by your invitation"
        default: return "Somebody's access has changed"
        }
    }

    private func name(_ member: MemberID?) throws -> String {
        guard let member else { return "Somebody" }
        let name = try store.name(of: member).map(Self.flattened) ?? ""
        return name.isEmpty ? "Somebody" : Self.flattened(String(name.prefix(80)))
    }
}

/// Moments as the member's clock shows them.
struct MailTime {
    let timeZone: TimeZone

    /// `Fri 2026-12-04 10:00`.
    func text(_ instant: Int64) -> String {
        let offset = timeZone.secondsFromGMT(
            for: Date(timeIntervalSince1970: Double(instant) / 1000))
        let local = instant / 1000 + Int64(offset)
        let seconds = (local % 86_400 + 86_400) % 86_400
        let date = CivilDate(daysSince1970: (local - seconds) / 86_400)
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
        return """
            \(date.weekday) \(date.year)-\(two(date.month))-\(two(date.day)) \
            \(two(seconds / 3600)):\(two(seconds / 60 % 60))
            """
    }
}
