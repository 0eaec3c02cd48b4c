/// Decides what a sync does next; performs nothing itself.
///
/// A sync redeems the invitation if the hub has not, then exchanges pages until the hub has no more
/// for us and we have no more for it. A hub that was set back first gets what it has lost, as far
/// as we have it. Whatever goes wrong, the next sync goes on where this one
/// stopped: every page was one transaction.
///
/// If the hub has work under this device's numbers that this laptop does not know, the laptop was
/// restored from a backup or copied: it gets a new key, once a sync, and goes on as a new device.
package struct SyncSession: Sendable {
    package enum Event: Sendable, Equatable {
        case started(isRedeemed: Bool)
        case redeemed
        /// The hub wants to see the request again with this.
        case challenged([UInt8])
        /// A page was applied; whether the hub has more, and whether we have.
        case paged(more: Bool, unsent: Bool)
        /// Another sync of this replica was quicker and our answer was dropped, or the answer
        /// brought nothing although there should be something.
        case fruitless
        /// Some scopes differed from the hub's and are fetched anew.
        case repairing
        /// A page did not come to what the hub expects, and nothing of it was taken.
        case disagreeing
        /// The replica was made anew from what it holds for certain.
        case mended
        /// The hub has other batches of this device than this laptop.
        case forked
        /// The laptop has its new key.
        case rekeyed
        /// The hub was set back and lacks something that we may have.
        case lacking
        /// A part of it was given back; whether we have more.
        case gaveBack(more: Bool)
        /// The next request begins at the start of the hub's order.
        case begunAnew
    }

    package enum Action: Sendable, Equatable {
        case redeem
        case exchange(challenge: [UInt8])
        /// Make the tables anew from the log, and begin anew with scopes that catch up.
        case mend
        /// Ask for a certificate of a new key.
        case rekey
        /// Send the hub what it has lost.
        case giveBack
        /// Fetch what the hub has admitted from the start of its order.
        case beginAnew
        case finish
        /// The hub and we go round in circles.
        case giveUp
    }

    /// Rounds that may pass without a page.
    package static let fruitlessRoundsMax = 4

    private var fruitlessRounds = 0
    private var repairs = 0
    private var disagreements = 0
    private var rekeyings = 0
    private var setbacks = 0

    /// How often a hub can be set back while we sync.
    private static let setbacksMax = 3

    package init() {}

    package mutating func handle(_ event: Event) -> Action {
        switch event {
        case .started(let isRedeemed):
            return isRedeemed ? .exchange(challenge: []) : .redeem
        case .redeemed, .rekeyed:
            return .exchange(challenge: [])
        case .challenged(let challenge):
            return afterFruitlessRound(.exchange(challenge: challenge))
        case .fruitless:
            return afterFruitlessRound(.exchange(challenge: []))
        case .repairing:
            // Once is a damaged or restored replica; twice in one sync is a disagreement that
            // fetching does not mend.
            repairs += 1
            return repairs > 1 ? .giveUp : .exchange(challenge: [])
        case .disagreeing:
            // What lies beside the hash of a scope can be damaged without showing in it. If it is
            // not that, it is the hub, and a hub that is wrong takes nothing from anybody.
            disagreements += 1
            return disagreements > 1 ? .giveUp : .mend
        case .mended:
            return .exchange(challenge: [])
        case .forked:
            rekeyings += 1
            return rekeyings > 1 ? .giveUp : .rekey
        case .lacking:
            setbacks += 1
            return setbacks > Self.setbacksMax ? .giveUp : .giveBack
        case .gaveBack(let more):
            return more ? .giveBack : .beginAnew
        case .begunAnew:
            // What differed before does not say anything of what comes now.
            repairs = 0
            return .exchange(challenge: [])
        case .paged(let more, let unsent):
            fruitlessRounds = 0
            return more || unsent ? .exchange(challenge: []) : .finish
        }
    }

    private mutating func afterFruitlessRound(_ action: Action) -> Action {
        fruitlessRounds += 1
        return fruitlessRounds > Self.fruitlessRoundsMax ? .giveUp : action
    }
}
