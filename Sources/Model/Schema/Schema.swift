/// All entities of this version. Ids of entities and fields are never reused; a new field or
/// entity raises ``version``.
package enum Schema {
    package static var version: UInt32 { LaterSchema.current?.version ?? 5 }

    package static let entities: [Entity] = [
        profile, contact, device, invitation, mentorship, task, taskFeedback, journalEntry, slot,
        booking, bookingAct, bookingVerdict, feedback, offer, personalEvent, calendarAddress,
        settings, readMark, topic, openRequest,
    ]

    package static func entity(_ id: EntityID) -> Entity? {
        id.rawValue < byID.count
            ? byID[Int(id.rawValue)] : LaterSchema.current?.entities.first { $0.id == id }
    }
    package static func entity(named name: String) -> Entity? {
        entities.first { $0.name == name }
    }

    /// Whether this version can apply a change. One that it cannot is kept and passed on.
    package static func knows(_ change: Change) -> Bool {
        guard let entity = entity(change.entity) else { return false }
        return change.field == .life
            || entity.field(change.field)?.merge.admits(change.operation) ?? false
    }

    /// Entities at the place of their number.
    private static let byID: [Entity?] = {
        let last = entities.map(\.id.rawValue).max() ?? 0
        var byID = [Entity?](repeating: nil, count: Int(last) + 1)
        for entity in entities { byID[Int(entity.id.rawValue)] = entity }
        return byID
    }()

    // MARK: People

    /// What the programme sees of a member. The record's id is the member's.
    package static let profile = Entity(
        1, "profile", scopes: [.programme], creators: [.owner, .hub], erasers: [.owner, .admin],
        fields: [
            Field(1, "name", .text, .register(.short), writers: [.owner]),
            Field(2, "bio", .text, .text, writers: [.owner]),
            Field(3, "timeZone", .text, .register(.short), writers: [.owner]),
            Field(4, "location", .text, .register(.short), writers: [.owner]),
            Field(5, "role", .integer, .ruled, writers: [.hub]),
            Field(6, "state", .integer, .ruled, writers: [.hub]),
            Field(7, "ratingSum", .integer, .ruled, writers: [.hub]),
            Field(8, "ratingCount", .integer, .ruled, writers: [.hub]),
            Field(9, "company", .text, .register(.short), writers: [.owner]),
            Field(10, "department", .text, .register(.short), writers: [.owner]),
            /// What somebody has done, in a line: "12 years of joinery".
            Field(11, "experience", .text, .register(.short), writers: [.owner]),
            Field(12, "expertise", .list, .set, writers: [.owner]),
            Field(13, "hourlyRate", .money, .register(.short), writers: [.owner]),
            Field(14, "languages", .list, .set, writers: [.owner]),
            Field(15, "currentRole", .text, .register(.short), writers: [.owner]),
            /// What a participant wants to learn.
            Field(16, "goals", .text, .text, writers: [.owner]),
            /// Each `name` or `name=level`, with a level from 1 to 5.
            Field(17, "skills", .list, .set, writers: [.owner]),
            /// How many of a mentor's meetings are completed.
            Field(18, "sessions", .integer, .ruled, writers: [.hub]),
        ])

    /// How to reach a member. The record's id is the member's.
    package static let contact = Entity(
        2, "contact", scopes: [.contact], creators: [.owner, .hub], erasers: [.owner, .admin],
        fields: [
            Field(1, "email", .text, .register(.short), writers: [.owner]),
            Field(2, "phone", .text, .register(.short), writers: [.owner]),
        ])

    /// A member's laptop; `certificate` is the hub's signed statement that binds key and member.
    package static let device = Entity(
        3, "device", scopes: [.programme], creators: [.hub],
        fields: [
            Field(1, "member", .reference, .once, writers: []),
            Field(2, "certificate", .bytes, .once, writers: []),
            Field(3, "name", .text, .once, writers: []),
            Field(
                4, "revocation", .integer, .register(.short), writers: [.owner, .admin, .hub]),
        ])

    /// An invitation into the programme, or to link a further device of a member.
    package static let invitation = Entity(
        4, "invitation", scopes: [.invitations], creators: [.owner, .hub],
        erasers: [.owner, .admin],
        fields: [
            Field(1, "role", .integer, .once, writers: []),
            Field(2, "email", .text, .once, writers: []),
            Field(3, "name", .text, .once, writers: []),
            Field(4, "expiresAt", .instant, .once, writers: []),
            /// The member whose further device this is for; null for a new member.
            Field(5, "member", .reference, .once, writers: []),
            Field(6, "revoked", .boolean, .register(.short), writers: [.owner, .admin, .hub]),
            Field(7, "redeemedBy", .reference, .ruled, writers: [.hub]),
        ])

    /// A private address at which the hub shows the member's calendar to whoever knows it.
    package static let calendarAddress = Entity(
        16, "calendarAddress", scopes: [.own], creators: [.owner], erasers: [.owner],
        fields: [
            /// The SHA-256 of the secret part of the address: 32 bytes.
            Field(1, "secretHash", .bytes, .once, writers: [], isErasable: false),
            /// What it is for: "my phone".
            Field(2, "name", .text, .register(.short), writers: [.owner]),
            Field(3, "revoked", .boolean, .register(.short), writers: [.owner]),
        ])

    /// How a member wants to hear of things. The record's id is the member's.
    package static let settings = Entity(
        17, "settings", scopes: [.own], creators: [.owner],
        fields: [
            /// Minutes before the start of a meeting at which to be reminded, each once.
            Field(1, "reminders", .list, .register(.short), writers: [.owner], isErasable: false),
            /// Minutes after midnight, wall time in the member's zone: from when on and until when
            /// nothing is to be sent.
            Field(2, "quietFrom", .integer, .register(.short), writers: [.owner]),
            Field(3, "quietUntil", .integer, .register(.short), writers: [.owner]),
            /// Which mail the hub sends; see ``MailPreference``.
            Field(4, "mail", .integer, .register(.short), writers: [.owner]),
            /// Minutes after midnight, wall time in the member's zone, at which a daily mail is sent.
            Field(5, "mailAt", .integer, .register(.short), writers: [.owner]),
        ])

    /// Notifications that a member has read, so that their other laptops know.
    package static let readMark = Entity(
        18, "readMark", scopes: [.own], creators: [.owner],
        fields: [
            /// The keys of the notifications, bytes each.
            Field(1, "notifications", .list, .once, writers: [], isErasable: false)
        ])

    package static let mentorship = Entity(
        5, "mentorship", scopes: [.pair], creators: [.hub, .admin],
        fields: [
            Field(1, "mentor", .reference, .once, writers: []),
            Field(2, "participant", .reference, .once, writers: []),
            Field(3, "stage", .text, .register(.short), writers: [.mentor, .admin]),
            Field(
                4, "ended", .boolean, .register(.short), writers: [.mentor, .admin, .hub]),
        ])

    // MARK: Work

    package static let task = Entity(
        6, "task", scopes: [.participant], creators: [.mentor, .admin, .owner],
        deleters: [.mentor, .admin, .author], erasers: [.owner, .admin],
        fields: [
            Field(1, "title", .text, .register(.short), writers: [.mentor, .admin, .author]),
            Field(2, "details", .text, .text, writers: [.mentor, .admin, .author]),
            /// A participant moves it on given tasks as ``TaskStatusRule`` says.
            Field(
                3, "status", .integer, .register(.short),
                writers: [.mentor, .admin, .author, .owner]),
            Field(4, "due", .instant, .register(.short), writers: [.mentor, .admin, .author]),
            Field(5, "skill", .text, .register(.short), writers: [.mentor, .admin, .author]),
            Field(6, "review", .boolean, .register(.short), writers: [.mentor, .admin]),
            Field(7, "note", .text, .register(.long), writers: [.owner]),
        ])

    package static let taskFeedback = Entity(
        7, "taskFeedback", scopes: [.participant], creators: [.mentor],
        erasers: [.author, .owner, .admin],
        fields: [
            Field(1, "task", .reference, .once, writers: []),
            Field(2, "comment", .text, .once, writers: []),
            /// Pairs of a name and a score from 1 to 5.
            Field(3, "scores", .list, .once, writers: []),
        ])

    /// Private in the author's own scope or shared in the participant's.
    package static let journalEntry = Entity(
        8, "journalEntry", scopes: [.own, .participant], creators: [.owner],
        deleters: [.author], erasers: [.author, .admin],
        fields: [
            Field(1, "title", .text, .register(.short), writers: [.author]),
            Field(2, "body", .text, .text, writers: [.author]),
            Field(3, "date", .date, .register(.short), writers: [.author]),
            Field(4, "tags", .list, .set, writers: [.author]),
            /// Claimed when first written; stays when the entry is shared.
            Field(5, "writtenAt", .instant, .once, writers: []),
            /// Names the line of an imported file, so that importing it again adds nothing.
            Field(6, "importKey", .bytes, .once, writers: []),
        ])

    // MARK: Scheduling

    package static let slot = Entity(
        9, "slot", scopes: [.slots], creators: [.owner],
        fields: [
            Field(1, "start", .instant, .once, writers: []),
            Field(2, "minutes", .integer, .once, writers: []),
            Field(3, "capacity", .integer, .once, writers: []),
            /// Whether a free seat is confirmed at once, without the mentor's approval.
            Field(4, "instant", .boolean, .once, writers: []),
            Field(5, "withdrawn", .boolean, .register(.short), writers: [.owner]),
            Field(6, "taken", .integer, .ruled, writers: [.hub]),
            /// The first slot of the series that it belongs to; null for that one itself.
            Field(7, "series", .reference, .once, writers: []),
            /// Of the first slot of a series the rule by which the others were made, as RFC 5545
            /// writes it; for people, since the slots are what counts.
            Field(8, "rule", .text, .once, writers: []),
            /// What the time is for; null for one for anything.
            Field(9, "offer", .reference, .once, writers: []),
            /// Minutes of the mentor's time before and after it that are taken with it.
            Field(10, "bufferBefore", .integer, .once, writers: []),
            Field(11, "bufferAfter", .integer, .once, writers: []),
            /// Minutes before its start until which a seat can be asked for.
            Field(12, "notice", .integer, .once, writers: []),
            /// At most so many of the mentor's slots of the same `day` are booked.
            Field(13, "dayMax", .integer, .once, writers: []),
            /// The date on which it starts in the mentor's time zone.
            Field(14, "day", .date, .once, writers: [], isErasable: false),
            /// Until when requests gather, to be ruled on together; null for at once.
            Field(15, "decideAt", .instant, .once, writers: []),
            /// In which order those are ruled on that have gathered; see ``RequestOrder``.
            Field(16, "order", .integer, .once, writers: []),
            /// The device that its mentor wants to have it lent to, as a signed 64-bit number; null
            /// to give it back.
            Field(17, "lendTo", .integer, .register(.short), writers: [.owner]),
            /// The device that has it on loan and alone may give its seats away, as a signed 64-bit
            /// number.
            Field(18, "holder", .integer, .ruled, writers: [.hub]),
        ])

    /// Something that people meet about. The programme's list is these and the topics of all
    /// offers; how a topic is written does not matter, see ``Topics``.
    package static let topic = Entity(
        19, "topic", scopes: [.programme], creators: [.author, .admin],
        deleters: [.author, .admin], erasers: [.author, .admin],
        fields: [
            Field(1, "name", .text, .register(.short), writers: [.author, .admin])
        ])

    /// Something that a mentor meets people about.
    package static let offer = Entity(
        14, "offer", scopes: [.slots], creators: [.owner], deleters: [.owner],
        erasers: [.owner, .admin],
        fields: [
            Field(1, "topic", .text, .register(.short), writers: [.owner]),
            /// How long a meeting about it takes.
            Field(2, "minutes", .integer, .register(.short), writers: [.owner]),
            /// Null where it costs nothing.
            Field(3, "price", .money, .register(.short), writers: [.owner]),
            /// Where to meet: a place, or a link.
            Field(4, "place", .text, .register(.short), writers: [.owner]),
            Field(5, "details", .text, .text, writers: [.owner]),
        ])

    /// Something in a member's own time that has nothing to do with the programme. Nobody else sees
    /// it; the hub sells none of the time that it takes.
    package static let personalEvent = Entity(
        15, "personalEvent", scopes: [.own], creators: [.owner], deleters: [.owner],
        erasers: [.owner],
        fields: [
            Field(1, "title", .text, .register(.short), writers: [.owner]),
            Field(2, "start", .instant, .register(.short), writers: [.owner]),
            /// The first moment after it.
            Field(3, "end", .instant, .register(.short), writers: [.owner]),
            Field(4, "place", .text, .register(.short), writers: [.owner]),
            Field(5, "details", .text, .register(.long), writers: [.owner]),
            /// Whether one can meet somebody all the same.
            Field(6, "isFree", .boolean, .register(.short), writers: [.owner]),
            /// Names the entry of a calendar file that it was made of, so that importing the file
            /// again adds nothing.
            Field(7, "importKey", .bytes, .once, writers: [], isErasable: false),
            /// What the file said then: a hash for each part of the event. A part that has another
            /// by now was changed by the member, and a later import leaves it alone.
            Field(8, "importState", .bytes, .register(.short), writers: [.owner]),
        ])

    /// A request for a seat. Its state is what the hub's verdicts say.
    package static let booking = Entity(
        10, "booking", scopes: [.pair], creators: [.pair, .hub], erasers: [.author, .admin],
        fields: [
            Field(1, "slot", .reference, .once, writers: []),
            Field(2, "alternates", .list, .once, writers: [], isErasable: false),
            Field(3, "topic", .text, .once, writers: []),
            Field(4, "note", .text, .once, writers: []),
            /// What the two write down about the meeting, before and after. No wish about it: acts
            /// stay facts.
            Field(5, "notes", .text, .text, writers: [.pair]),
            /// Whether it waits for a seat of the first slot if none can be had.
            Field(6, "waits", .boolean, .once, writers: []),
            /// Without a slot: any slot of the mentor that starts at or after `from` and ends at or
            /// before `until`.
            Field(7, "from", .instant, .once, writers: []),
            Field(8, "until", .instant, .once, writers: []),
            /// The first booking of a series of requests that it belongs to; null for that one
            /// itself. Each is ruled on by itself.
            Field(9, "series", .reference, .once, writers: []),
            /// What became of the price; see ``PaymentState``.
            Field(10, "payment", .integer, .register(.short), writers: [.mentor, .admin]),
            Field(
                11, "amount", .money, .register(.short), writers: [.mentor, .admin],
                isErasable: false),
            /// The request to any mentor that the hub made this one of; null for one that a member
            /// made.
            Field(12, "openRequest", .reference, .once, writers: []),
        ])

    /// A request for a seat at whichever mentor meets people about a topic. The hub makes a booking
    /// of it, with the mentor who has time first.
    package static let openRequest = Entity(
        20, "openRequest", scopes: [.own], creators: [.owner], erasers: [.owner],
        fields: [
            Field(1, "topic", .text, .once, writers: []),
            /// Any slot that starts at or after `from` and ends at or before `until`.
            Field(2, "from", .instant, .once, writers: []),
            Field(3, "until", .instant, .once, writers: []),
            Field(4, "note", .text, .once, writers: []),
            /// Said while the hub had not answered, as far as was known.
            Field(5, "cancelled", .boolean, .register(.short), writers: [.owner]),
            /// Why no booking came of it; see ``VerdictReason``.
            Field(6, "reason", .integer, .ruled, writers: [.hub]),
        ])

    /// A later wish about a booking.
    package static let bookingAct = Entity(
        11, "bookingAct", scopes: [.pair], creators: [.pair, .admin],
        erasers: [.author, .admin],
        fields: [
            Field(1, "booking", .reference, .once, writers: []),
            Field(2, "kind", .integer, .once, writers: []),
            /// A reason.
            Field(3, "text", .text, .once, writers: []),
            /// The slot that a move proposes.
            Field(4, "slot", .reference, .once, writers: []),
            /// The proposal that is accepted or refused.
            Field(5, "move", .reference, .once, writers: []),
        ])

    /// The hub's ruling on a request or an act. Final; one for each.
    package static let bookingVerdict = Entity(
        12, "bookingVerdict", scopes: [.pair], creators: [.hub],
        fields: [
            Field(1, "booking", .reference, .once, writers: []),
            /// The act; the booking itself for its request; null when its time ran out.
            Field(2, "act", .reference, .once, writers: []),
            Field(3, "state", .integer, .once, writers: []),
            /// The slot whose seat it has or had.
            Field(4, "slot", .reference, .once, writers: []),
            /// Why it was refused, or why the act had no effect.
            Field(5, "reason", .integer, .once, writers: []),
            /// Free slots offered instead.
            Field(6, "alternatives", .list, .once, writers: []),
            Field(7, "at", .instant, .once, writers: []),
        ])

    package static let feedback = Entity(
        13, "feedback", scopes: [.pair], creators: [.pair], erasers: [.author, .admin],
        fields: [
            Field(1, "booking", .reference, .once, writers: []),
            Field(2, "rating", .integer, .once, writers: []),
            Field(3, "comment", .text, .once, writers: []),
        ])
}
