import Foundation
import Model

/// What commands find around them: environment, clock, streams, network. Tests bring their own.
struct Surroundings: Sendable {
    let environment: [String: String]
    /// The device's clock, however wrong it may be.
    let now: @Sendable () -> ClaimedTime
    /// Names the time since the machine was started; a measured clock offset counts no longer.
    let bootID: String
    let machineTimeZone: TimeZone
    /// What the machine calls itself; the name of a device unless its member gives another.
    let machineName: String
    let input: InputSurroundings
    let standardOutput: StandardStream
    let standardError: StandardStream
    let transport: any HubTransport
    /// Returns when somebody asks the program to stop.
    var untilStopped: @Sendable () async -> Void = { await StopSignal.wait() }

    /// What this process has; only the root command knows a clock.
    static func process(now: @escaping @Sendable () -> ClaimedTime) -> Surroundings {
        Surroundings(
            environment: ProcessInfo.processInfo.environment, now: now, bootID: currentBootID,
            machineTimeZone: .current, machineName: currentMachineName, input: .process,
            standardOutput: .standardOutput, standardError: .standardError,
            transport: HTTPHubTransport())
    }

    /// Empty where the system does not tell; then every sync counts as one of the same boot.
    private static var currentBootID: String {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }

    /// Asks the system only: `ProcessInfo.hostName` may ask the network.
    private static var currentMachineName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "laptop" }
        let text = name.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
        return text.isEmpty ? "laptop" : text
    }
}
