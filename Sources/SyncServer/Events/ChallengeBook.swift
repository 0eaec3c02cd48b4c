import Cryptography
import Model
import Synchronization
import Wire

/// Gives out challenges for listeners to sign, and lets each signature count once.
///
/// A challenge costs no memory until a device has signed it: anybody may ask for one. Of a device
/// the number of the last one is kept that it used, and only later ones count from then on, so that
/// whoever has copied a header can do nothing with it. A hub that was started anew has another
/// secret and takes none of the earlier ones.
final class ChallengeBook: Sendable {
    static let validMilliseconds: UInt64 = 5 * 60 * 1000

    private struct State {
        var lastNumber: UInt64 = 0
        var used: [DeviceID: UInt64] = [:]
    }

    private let secret = RandomBytes.generate(count: 32)
    private let steadyMilliseconds: @Sendable () -> UInt64
    private let state = Mutex(State())

    /// The clock counts evenly, from any start.
    init(steadyMilliseconds: @escaping @Sendable () -> UInt64) {
        self.steadyMilliseconds = steadyMilliseconds
    }

    /// A new challenge, for whoever asks.
    func issue() -> ListeningChallenge {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        return ListeningChallenge(
            number: number, issuedAt: steadyMilliseconds(), secret: secret)
    }

    /// Whether this hub gave it out a moment ago.
    func isOpen(_ challenge: ListeningChallenge) -> Bool {
        let now = steadyMilliseconds()
        return challenge.isMade(with: secret) && challenge.issuedAt <= now
            && now - challenge.issuedAt <= Self.validMilliseconds
    }

    /// Notes that a device has signed it; false if it has used this one or a later one before.
    ///
    /// To be asked only when the signature was found right.
    func use(_ challenge: ListeningChallenge, by device: DeviceID) -> Bool {
        state.withLock { state in
            guard challenge.number > state.used[device, default: 0] else { return false }
            state.used[device] = challenge.number
            return true
        }
    }
}
