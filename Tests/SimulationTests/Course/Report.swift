import Foundation

/// What many runs were, in words.
struct Report {
    let text: String

    init(_ result: Campaign.Result, seconds: Double) {
        let tally = result.tally
        var lines = [
            "\(tally.runs) seeds in \(Self.rounded(seconds)) s, "
                + "\(Self.rounded(Double(tally.runs) / seconds * 60)) seeds a minute",
            "\(Int(tally.deviceDays)) device-days, \(tally.steps) steps, \(tally.deeds) deeds, "
                + "\(tally.syncs) syncs",
            "\(tally.faultCount) faults:",
        ]
        for (name, count) in tally.faults.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(name): \(count)")
        }
        lines.append("\(tally.verdictCount) verdicts:")
        for (name, count) in tally.verdicts.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(name): \(count)")
        }
        if !result.failures.isEmpty {
            let seeds = result.failures.map(\.seed).sorted().map { "\($0)" }
            lines.append("\(seeds.count) seeds failed: \(seeds.joined(separator: " "))")
        }
        text = lines.joined(separator: "\n")
    }

    private static func rounded(_ number: Double) -> String { String(format: "%.1f", number) }
}
