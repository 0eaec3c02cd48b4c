/// Decides what a sync does next; performs nothing itself.
///
/// A sync redeems the invitation if the hub has not, then exchanges pages until the hub has no more
/// for us and we have no more for it. Whatever goes wrong, the next sync goes on where this one
/// stopped: every page was one transaction.
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
    }

    package enum Action: Sendable, Equatable {
        case redeem
        case exchange(challenge: [UInt8])
        case finish
        /// The hub and we go round in circles.
        case giveUp
    }

    /// Rounds that may pass without a page.
    package static let fruitlessRoundsMax = 4

    private var fruitlessRounds = 0
    private var repairs = 0

    package init() {}

    package mutating func handle(_ event: Event) -> Action {
        switch event {
        case .started(let isRedeemed):
            return isRedeemed ? .exchange(challenge: []) : .redeem
        case .redeemed:
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
