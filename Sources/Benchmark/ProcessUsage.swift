import Foundation

/// What a process has taken of the machine so far, as Linux counts it; zeros where the system does
/// not tell.
struct ProcessUsage {
    /// Memory at present, and the most there was.
    var residentMiB = 0.0
    var peakMiB = 0.0
    var cpuSeconds = 0.0

    static let own = "self"

    /// - Parameter process: its number, or ``own``.
    init(of process: String) {
        let folder = "/proc/\(process)"
        if let status = try? String(contentsOfFile: "\(folder)/status", encoding: .utf8) {
            residentMiB = Self.mebibytes("VmRSS:", in: status)
            peakMiB = Self.mebibytes("VmHWM:", in: status)
        }
        guard let stat = try? String(contentsOfFile: "\(folder)/stat", encoding: .utf8),
            let name = stat.lastIndex(of: ")")
        else { return }
        // User and system time are the 14th and 15th word; the second may hold spaces.
        let words = stat[name...].split(separator: " ").dropFirst(12).prefix(2)
        cpuSeconds =
            words.reduce(0) { $0 + (Double($1) ?? 0) } / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Begins a new measurement of this process's peak.
    static func resetPeak() {
        // Without the right to do so the peak stays that of the whole process.
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    }

    private static func mebibytes(_ key: String, in status: String) -> Double {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
            let kibibytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({
                Double($0)
            })
        else { return 0 }
        return (kibibytes / 1024 * 10).rounded() / 10
    }
}
