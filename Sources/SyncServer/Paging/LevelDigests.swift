import Model
import Synchronization

/// Remembers what members who are level at the hub's head have been found to have, so that a sync
/// with nothing to do costs a look instead of a walk over all scopes.
///
/// What is in force at a position never changes while that position is the head: whatever changes
/// it makes a new head, and then everything here is forgotten.
final class LevelDigests: Sendable {
    private struct State {
        var head = Position.start
        var digests: [MemberID: Digest] = [:]
    }

    private static let membersMax = 20_000

    private let state = Mutex(State())

    /// Whether a member at the head was found to have this digest.
    func isKnown(_ digest: Digest, of member: MemberID, at head: Position) -> Bool {
        state.withLock { $0.head == head && $0.digests[member] == digest }
    }

    func remember(_ digest: Digest, of member: MemberID, at head: Position) {
        state.withLock { state in
            // A reader that is behind must not take away what is known of a later head.
            guard head >= state.head else { return }
            if head > state.head || state.digests.count >= Self.membersMax {
                state = State(head: head)
            }
            state.digests[member] = digest
        }
    }
}
