import Model
import Replica

/// Tells whether a slot has started, as far as anybody here can know.
///
/// The clock of a field laptop may be years off, or be set wrong a minute after the hub vouched for
/// it, and a wrong clock is never a reason to refuse a person's work. So nothing is refused by the
/// local time: only what the hub's own time had reached at the last contact is certain. For display
/// the best clock at hand is good enough.
struct StartClock {
    /// The hub's time at the last contact.
    private let reached: Int64?
    /// The present by the best clock at hand: corrected by the offset that a sync in this boot
    /// measured.
    let now: Int64

    init(_ context: CommandContext) {
        now = context.presentMilliseconds
        reached = ContactFile.read(in: context.home)?.lastSyncAt
    }

    /// True if the start has passed for certain; nil where nobody here can tell.
    func hasStarted(_ start: Int64?) -> Bool? {
        guard let start, let reached, reached >= start else { return nil }
        return true
    }
}
