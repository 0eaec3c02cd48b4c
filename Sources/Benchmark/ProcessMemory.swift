import Foundation

/// What the process holds, as Linux counts it.
enum ProcessMemory {
    /// Begins a new measurement of the peak.
    static func resetPeak() {
        // Without the right to do so the peak stays that of the whole process.
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    }

    /// The peak since then, 0 where the system does not tell.
    static var peakMiB: Double {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({
                Double($0)
            })
        else { return 0 }
        return (kibibytes / 1024 * 10).rounded() / 10
    }
}
