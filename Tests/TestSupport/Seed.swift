/// A source of random numbers that a single number reproduces: SplitMix64 (Steele, Lea and Flood,
/// OOPSLA 2014).
///
/// Randomised tests take `arguments: Seed.samples(64)`. The output of a failing one names its seed;
/// `Seed(0x…)` in the arguments then keeps it for good.
package struct Seed: RandomNumberGenerator, Hashable, Sendable {
    private let origin: UInt64
    private var state: UInt64

    package init(_ origin: UInt64) {
        self.origin = origin
        state = origin
    }

    /// Returns different seeds, the same ones every time.
    package static func samples(_ count: Int) -> [Seed] {
        var seeds = Seed(0x5EED)
        return (0..<count).map { _ in Seed(seeds.next()) }
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension Seed: CustomStringConvertible {
    package var description: String { "Seed(0x\(String(origin, radix: 16)))" }
}

extension Seed {
    /// A number from 0 up to, not including, the bound.
    package mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// True once in so many times.
    package mutating func oneIn(_ chances: Int) -> Bool { below(chances) == 0 }

    /// One of the elements.
    ///
    /// - Precondition: there is one.
    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    /// A number of any length in bits, so that short and long encodings both occur.
    package mutating func number() -> UInt64 { next() >> UInt64(below(64)) }

    /// A signed number of any length in bits.
    package mutating func integer() -> Int64 {
        let magnitude = Int64(bitPattern: next() >> UInt64(1 + below(63)))
        return oneIn(2) ? magnitude : ~magnitude
    }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
