import Model
import TestSupport

/// What a laptop's clock makes of the time.
enum LaptopClock: Hashable {
    case right
    /// Off by so many milliseconds.
    case off(Int64)
    /// It stands still.
    case frozen(Int64)
    /// Every look at it gives another time, years apart.
    case jumping

    private static let year: Int64 = 365 * 86_400_000

    /// Draws a clock that is wrong: by seconds, hours or years, one that stands or one that jumps.
    init(wrongBy seed: inout Seed, at time: Int64) {
        let sign: Int64 = seed.oneIn(2) ? 1 : -1
        self =
            switch seed.below(6) {
            case 0: .off(sign * Int64(seed.below(60)) * 1000)
            case 1: .off(sign * Int64(seed.below(24)) * 3_600_000)
            case 2: .off(sign * Int64(1 + seed.below(27)) * Self.year)
            case 3: .frozen(time + sign * Int64(seed.below(3)) * Self.year)
            case 4: .jumping
            default: .right
            }
    }

    func reading(at time: Int64, _ seed: inout Seed) -> ClaimedTime {
        switch self {
        case .right: ClaimedTime(milliseconds: time)
        case .off(let error): ClaimedTime(milliseconds: time + error)
        case .frozen(let instant): ClaimedTime(milliseconds: instant)
        case .jumping:
            ClaimedTime(milliseconds: time + Int64(seed.below(61) - 30) * Self.year)
        }
    }
}
