/// What happened in a run, or in many.
struct Tally {
    var runs = 0
    var steps = 0
    var deeds = 0
    var syncs = 0
    /// Days that passed, once for each device.
    var deviceDays = 0.0
    /// Misfortunes that came to pass, by name.
    private(set) var faults: [String: Int] = [:]

    /// What the hub said to requests and acts. A seat that nobody wanted proves nothing.
    private(set) var verdicts: [String: Int] = [:]

    mutating func note(verdict: String, count: Int) { verdicts[verdict, default: 0] += count }

    mutating func note(_ fault: String) { faults[fault, default: 0] += 1 }

    mutating func add(_ other: Tally) {
        runs += other.runs
        steps += other.steps
        deeds += other.deeds
        syncs += other.syncs
        deviceDays += other.deviceDays
        faults.merge(other.faults, uniquingKeysWith: +)
        verdicts.merge(other.verdicts, uniquingKeysWith: +)
    }

    var faultCount: Int { faults.values.reduce(0, +) }
    var verdictCount: Int { verdicts.values.reduce(0, +) }
}
