import Model
import Wire

/// What requests did to the log. It counts once their transaction is durable.
struct HubTally: Equatable, Sendable {
    /// Batches that devices sent, by what became of them.
    private(set) var batches: [SyncAnswer.Receipt.Outcome: Int] = [:]
    /// Changes of members that went into the tables.
    var changes = 0
    var verdicts = 0
    private(set) var refusals: [Refusal: Int] = [:]

    /// What was refused, and the stable word for why. There are few of these, whatever devices send.
    struct Refusal: Hashable, Sendable {
        let subject: Subject
        let code: String

        enum Subject: String, Sendable {
            case request
            case batch
            case changeSet
        }
    }

    mutating func note(_ outcome: SyncAnswer.Receipt.Outcome) {
        batches[outcome, default: 0] += 1
    }

    mutating func note(_ receipt: SyncAnswer.Receipt) {
        note(receipt.outcome)
        if receipt.outcome == .refused { noteRefusal(of: .batch, receipt.code) }
    }

    mutating func noteRefusal(of subject: Refusal.Subject, _ code: String) {
        refusals[Refusal(subject: subject, code: code), default: 0] += 1
    }

    /// Counts each refused change set once, in however many sections it has parts.
    mutating func noteRefusals(of admission: Admission) {
        var ordinals: Set<UInt32> = []
        for refusal in admission.sections.flatMap(\.refusals)
        where ordinals.insert(refusal.ordinal).inserted {
            noteRefusal(of: .changeSet, refusal.reason.code)
        }
    }

    /// Counts the verdicts among what the hub is about to say.
    mutating func noteVerdicts(in sets: [Ledger.HubChangeSet]) {
        verdicts += sets.flatMap(\.parts).flatMap(\.changes)
            .count { $0.entity == Schema.bookingVerdict.id && $0.field == .life }
    }

    mutating func add(_ other: HubTally) {
        batches.merge(other.batches, uniquingKeysWith: +)
        changes += other.changes
        verdicts += other.verdicts
        refusals.merge(other.refusals, uniquingKeysWith: +)
    }
}
