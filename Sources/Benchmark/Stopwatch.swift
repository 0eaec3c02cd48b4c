/// Times in milliseconds.
enum Stopwatch {
    /// The median of so many runs, to the microsecond.
    static func median(of runs: Int, _ work: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        var times: [Double] = []
        for _ in 0..<runs {
            let duration = try clock.measure(work)
            times.append(duration / .microseconds(1))
        }
        times.sort()
        return times[times.count / 2].rounded() / 1000
    }
}

extension Duration {
    /// In milliseconds, to the microsecond.
    var milliseconds: Double { (self / .microseconds(1)).rounded() / 1000 }
}
