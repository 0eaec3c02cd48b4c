import Foundation
import Testing

/// Whole programmes under every misfortune, one a seed.
@Suite(.timeLimit(.minutes(600))) struct SimulateTests {
    private static let environment = ProcessInfo.processInfo.environment

    private static func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }

    /// A fixed sample, small enough for every test run.
    @Test(.enabled(if: number("SEEDS") == nil), arguments: 1...16 as ClosedRange<UInt64>)
    func promisesHold(seed: UInt64) throws {
        let run = Run(Course(seed: seed))
        #expect(
            run.violation == nil,
            "\(run.violation?.description ?? ""): make simulate SEEDS=1 FROM=\(seed)")
    }

    /// Hashes are the same in every process only where Swift is told so; `make` does.
    @Test(
        .enabled(if: environment["SWIFT_DETERMINISTIC_HASHING"] != nil && number("SEEDS") == nil),
        arguments: [3, 4, 11] as [UInt64])
    func sameSeedIsTheSameRun(seed: UInt64) throws {
        let first = Run(Course(seed: seed))
        let second = Run(Course(seed: seed))
        #expect(!first.digest.isEmpty)
        #expect(first.trace == second.trace)
        #expect(first.digest == second.digest)
    }

    /// What `make simulate` runs.
    @Test(.enabled(if: number("SEEDS") != nil))
    func manySeeds() throws {
        let campaign = Campaign(
            firstSeed: UInt64(Self.number("FROM") ?? 1), seedCount: Self.number("SEEDS") ?? 1,
            jobCount: Self.number("JOBS") ?? 2, stopsEarly: Self.environment["KEEP_GOING"] == nil)
        let start = ContinuousClock.now
        let step = max(campaign.seedCount / 20, 1)
        let result = campaign.run { result, failure in
            if let failure { print("FAILED seed \(failure.seed): \(failure.violation)") }
            guard result.tally.runs % step == 0 else { return }
            print("\(result.tally.runs) seeds, \(result.failures.count) failures")
        }
        print(Report(result, seconds: (ContinuousClock.now - start) / .seconds(1)).text)
        for failure in result.failures.prefix(3) { explain(failure) }
        #expect(result.failures.isEmpty)
    }

    /// Prints a small course that fails in the same way.
    private func explain(_ failure: Campaign.Failure) {
        let run = Run(Course(seed: failure.seed))
        guard var shrinker = Shrinker(run, attempts: Self.number("SHRINK") ?? 150) else {
            print("Seed \(failure.seed) did not fail again: \(failure.violation)")
            return
        }
        if Self.environment["TRACE"] != nil { print(run.trace.joined(separator: "\n")) }
        shrinker.shrink()
        let smallest = shrinker.smallest
        print("Seed \(failure.seed), shrunk from \(run.course.steps.count) steps:")
        print(
            "  hazards: \(smallest.course.hazards.sorted().map(\.rawValue).joined(separator: " "))")
        for line in smallest.trace { print("  \(line)") }
        print("  \(smallest.violation?.description ?? "")")
    }
}
