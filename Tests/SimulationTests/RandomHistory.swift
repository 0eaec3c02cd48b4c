import Model
import Replica

/// What people do in a simulated programme, drawn from a seed. What the permission check forecasts
/// as refused is not done; what only the hub can refuse is.
struct RandomHistory {
    private var state: UInt64
    /// Changes recorded on each laptop, by name.
    private(set) var made: [String: Int] = [:]

    init(seed: UInt64) {
        state = seed
    }

    mutating func number(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }

    private mutating func pick<T>(_ items: [T]) -> T? {
        items.isEmpty ? nil : items[number(items.count)]
    }

    /// One action of somebody.
    mutating func act(on laptop: Programme.Laptop, in programme: Programme) throws {
        let replica = laptop.replica
        let now = programme.now(laptop)
        let draw = number(100)
        let word = "word\(number(50))"
        do {
            switch draw {
            case 0..<14: try addTask(word, laptop, programme, now)
            case 14..<34: try editTask(word, laptop, now)
            case 34..<40: try deleteOrRestoreTask(laptop, now)
            case 40..<52: try writeEntry(word, laptop, now)
            case 52..<66: try editEntry(word, laptop, now)
            case 66..<71: try shareEntry(laptop, now)
            case 71..<76: try addSlot(laptop, programme, now)
            case 76..<86: try book(laptop, now)
            case 86..<94: try actOnBooking(laptop, now)
            case 94..<97:
                try replica.act("profile set", at: now) { action in
                    try action.set(
                        Fields.Profile.bio, of: laptop.member.recordID, Schema.profile,
                        in: .programme, to: .text(word))
                }
            default: _ = try replica.undo(at: now)
            }
        } catch let error as ReplicaError {
            switch error.reason {
            case .refused, .scopeUnavailable, .inConflict: break
            default: throw error
            }
        }
    }

    private mutating func addTask(
        _ word: String, _ laptop: Programme.Laptop, _ programme: Programme, _ now: ClaimedTime
    ) throws {
        guard let target = pick(programme.laptops) else { return }
        try laptop.replica.act("task add", at: now) { action in
            _ = try action.create(
                Schema.task, in: .participant(target.member),
                values: [
                    Fields.Task.title: .text(word), Fields.Task.status: .integer(1),
                    Fields.Task.review: .boolean(word.hasSuffix("1")),
                ])
        }
    }

    private mutating func editTask(
        _ word: String, _ laptop: Programme.Laptop, _ now: ClaimedTime
    ) throws {
        let tasks = try laptop.replica.read { try $0.records(of: Schema.task) }
        guard let task = pick(tasks) else { return }
        let field = pick([Fields.Task.title, Fields.Task.details, Fields.Task.status])
        let status = Int64(number(3) + 1)
        try laptop.replica.act("task edit", at: now) { action in
            guard let field else { return }
            let old = task.text(Fields.Task.details).map { $0 + " " } ?? ""
            let value: Value =
                switch field {
                case Fields.Task.status: .integer(status)
                // Mentor and participant write on at the end of what they have.
                case Fields.Task.details where old.count < 60: .text(old + word)
                default: .text(word)
                }
            try action.set(field, of: task.id, Schema.task, in: task.scope, to: value)
        }
    }

    private mutating func deleteOrRestoreTask(
        _ laptop: Programme.Laptop, _ now: ClaimedTime
    ) throws {
        let tasks = try laptop.replica.read { try $0.records(of: Schema.task) }
        guard let task = pick(tasks) else { return }
        let restores = number(3) == 0
        try laptop.replica.act("task delete", at: now) { action in
            if restores {
                action.restore(task.id, Schema.task, in: task.scope)
            } else {
                action.delete(task.id, Schema.task, in: task.scope)
            }
        }
    }

    private mutating func writeEntry(
        _ word: String, _ laptop: Programme.Laptop, _ now: ClaimedTime
    ) throws {
        try laptop.replica.act("journal write", at: now) { action in
            _ = try action.create(
                Schema.journalEntry, in: .own(laptop.member),
                values: [
                    Fields.JournalEntry.body: .text("secret of \(laptop.name) \(word)"),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ],
                elements: [Fields.JournalEntry.tags: [.text(word)]])
        }
    }

    private mutating func editEntry(
        _ word: String, _ laptop: Programme.Laptop, _ now: ClaimedTime
    ) throws {
        let entries = try laptop.replica.read { try $0.records(of: Schema.journalEntry) }
        guard let entry = pick(entries) else { return }
        let draw = number(3)
        let tag = pick(entry.list(Fields.JournalEntry.tags)) ?? .text(word)
        try laptop.replica.act("journal edit", at: now) { action in
            switch draw {
            case 0:
                try action.set(
                    Fields.JournalEntry.body, of: entry.id, Schema.journalEntry,
                    in: entry.scope, to: .text("secret of \(laptop.name) \(word)"))
            case 1:
                action.add(
                    .text(word), to: Fields.JournalEntry.tags, of: entry.id,
                    Schema.journalEntry, in: entry.scope)
            default:
                action.remove(
                    tag, from: Fields.JournalEntry.tags, of: entry.id, Schema.journalEntry,
                    in: entry.scope)
            }
        }
    }

    private mutating func shareEntry(_ laptop: Programme.Laptop, _ now: ClaimedTime) throws {
        let entries = try laptop.replica.read { try $0.records(of: Schema.journalEntry) }
        guard let entry = pick(entries) else { return }
        let own = Scope.own(laptop.member)
        let shared = Scope.participant(laptop.member)
        guard entry.scope == own || entry.scope == shared else { return }
        try laptop.replica.act("journal share", at: now) { action in
            try action.move(
                entry.id, Schema.journalEntry, from: entry.scope,
                to: entry.scope == own ? shared : own)
        }
    }

    private mutating func addSlot(
        _ laptop: Programme.Laptop, _ programme: Programme, _ now: ClaimedTime
    ) throws {
        let start = (programme.hubTime.milliseconds / 3_600_000 + Int64(1 + number(6))) * 3_600_000
        let capacity = Int64(1 + number(2))
        let isInstant = number(2) == 0
        try laptop.replica.act("slot add", at: now) { action in
            _ = try action.create(
                Schema.slot, in: .slots(of: laptop.member),
                values: [
                    Fields.Slot.start: .integer(start), Fields.Slot.minutes: .integer(60),
                    Fields.Slot.capacity: .integer(capacity),
                    Fields.Slot.instant: .boolean(isInstant),
                ])
        }
    }

    private mutating func book(_ laptop: Programme.Laptop, _ now: ClaimedTime) throws {
        let slots = try laptop.replica.read { try $0.records(of: Schema.slot) }
        guard let slot = pick(slots), let mentor = slot.scope.mentor else { return }
        let alternates = slots.filter { $0.scope == slot.scope && $0.id != slot.id }
        let alternate = pick(alternates).map { [Value.reference($0.id)] } ?? []
        try laptop.replica.act("booking request", at: now) { action in
            _ = try action.create(
                Schema.booking, in: .pair(mentor: mentor, participant: laptop.member),
                values: [
                    Fields.Booking.slot: .reference(slot.id),
                    Fields.Booking.alternates: .list(alternate),
                ])
        }
    }

    private mutating func actOnBooking(_ laptop: Programme.Laptop, _ now: ClaimedTime) throws {
        let bookings = try laptop.replica.read { try $0.records(of: Schema.booking) }
        guard let booking = pick(bookings), let kind = pick(BookingActKind.allCases) else { return }
        try laptop.replica.act("booking act", at: now) { action in
            _ = try action.create(
                Schema.bookingAct, in: booking.scope,
                values: [
                    Fields.BookingAct.booking: .reference(booking.id),
                    Fields.BookingAct.kind: .integer(kind.rawValue),
                    Fields.BookingAct.text: .text("because"),
                ])
        }
    }
}
