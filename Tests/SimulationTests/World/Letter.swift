import Model
import TestSupport

/// A message between a laptop and the hub.
struct Letter {
    enum Kind: Hashable {
        case request, redemption, rekeying, answer, redeemed, rekeyed
        /// The hub does not know the laptop.
        case unknownDevice
    }

    let laptop: Int
    /// The exchange of that laptop which it belongs to.
    let exchange: Int
    let kind: Kind
    var bytes: [UInt8]
    let nonce: [UInt8]
    /// Under whose key it was written; nil for what the hub writes, and for a redemption.
    var device: DeviceID?
    /// Whether it is no longer what its sender wrote.
    var isSpoilt = false

    var goesToHub: Bool { [.request, .redemption, .rekeying].contains(kind) }
}

/// What becomes of a letter on its way.
enum Fate: Hashable, CaseIterable {
    case arrives, lost, doubled, delayed, truncated, corrupted, cutBeforeAnswer

    /// Draws a fate: most letters arrive.
    static func draw(_ seed: inout Seed, among possible: [Fate]) -> Fate {
        guard !possible.isEmpty, seed.oneIn(5) else { return .arrives }
        return seed.pick(possible)
    }
}

extension Letter {
    mutating func truncate(_ seed: inout Seed) {
        bytes = Array(bytes.prefix(seed.below(max(bytes.count, 1))))
        isSpoilt = true
    }

    mutating func corrupt(_ seed: inout Seed) {
        guard !bytes.isEmpty else { return }
        for _ in 0...seed.below(3) {
            bytes[seed.below(bytes.count)] ^= UInt8(1 << seed.below(8))
        }
        isSpoilt = true
    }
}
