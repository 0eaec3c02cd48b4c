import Model
import Replica

/// What texts about records need beside the records: who people are, and what the clock shows.
struct Presentation {
    let time: HumanTime
    /// The present, in milliseconds since 1970.
    let now: Int64
    /// Whose replica it is.
    let oneself: MemberID
    private let names: [MemberID: String]

    /// Reads what it needs from the replica of the context; not to be called inside a transaction.
    init(_ context: CommandContext) throws {
        time = try context.humanTime
        now = context.now.milliseconds
        let replica = try context.replica
        oneself = replica.identity.member
        names = try replica.read { try $0.names() }
    }

    /// The member's name, or the beginning of the id of one who has not told it.
    func name(_ member: MemberID?) -> String {
        guard let member else { return "somebody" }
        return names[member] ?? member.shortText
    }

    /// `Fri 2026-12-04 10:00 (in 3 days)`.
    func moment(_ instant: Int64) -> TerminalText {
        "\(time.string(instant)) \("(\(RelativeTime.string(instant, now: now)))", .faint)"
    }

    /// A line for sheets of records that the hub has not confirmed yet.
    static let unsent: TerminalText = "\("not confirmed by the hub yet", .warning)"
}
