import Model
import Replica

/// Tells whether a slot has started, as far as anybody here can know.
///
/// The clock of a field laptop may be years off, and a wrong clock is never a reason to refuse a
/// person's work. So the local time counts only if the hub has vouched for it since the machine was
/// started; beyond that, what the hub's own time had reached at the last contact is certain.
struct StartClock {
    /// The hub's time now, by the offset that was measured; nil without one.
    private let trustedNow: Int64?
    /// The hub's time at the last contact.
    private let reached: Int64?
    /// The present by the best clock at hand.
    let now: Int64

    init(_ context: CommandContext) {
        let contact = ContactFile.read(in: context.home)
        let local = context.now.milliseconds
        trustedNow = contact?.clockOffsetMs(inBoot: context.surroundings.bootID)
            .map { local.subtractingReportingOverflow($0).partialValue }
        reached = contact?.lastSyncAt
        now = trustedNow ?? local
    }

    /// Nil where neither the clock nor the hub's last word can tell.
    func hasStarted(_ start: Int64?) -> Bool? {
        guard let start else { return nil }
        if let reached, reached >= start { return true }
        return trustedNow.map { $0 >= start }
    }
}
