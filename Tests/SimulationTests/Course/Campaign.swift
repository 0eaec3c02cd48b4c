import Dispatch
import Synchronization

/// Many runs, several at a time.
struct Campaign: Sendable {
    let firstSeed: UInt64
    let seedCount: Int
    /// How many runs go on at a time.
    let jobCount: Int
    /// Whether to stop at the first failure.
    let stopsEarly: Bool

    struct Result: Sendable {
        var tally = Tally()
        var failures: [Failure] = []
    }

    struct Failure: Sendable {
        let seed: UInt64
        let violation: String
    }

    /// Plays all of it. `progress` is called after each run, with what failed in it.
    func run(
        progress: @escaping @Sendable (Result, Failure?) -> Void = { _, _ in }
    ) -> Result {
        let result = Mutex(Result())
        let next = Counter()
        DispatchQueue.concurrentPerform(iterations: jobCount) { _ in
            while true {
                let index = next.next() - 1
                guard index < seedCount else { return }
                if stopsEarly, result.withLock({ !$0.failures.isEmpty }) { return }
                let seed = firstSeed &+ UInt64(index)
                let run = Run(Course(seed: seed))
                let failure = run.violation.map {
                    Failure(seed: seed, violation: $0.description)
                }
                result.withLock { result in
                    result.tally.add(run.tally)
                    if let failure { result.failures.append(failure) }
                    progress(result, failure)
                }
            }
        }
        return result.withLock { $0 }
    }
}
