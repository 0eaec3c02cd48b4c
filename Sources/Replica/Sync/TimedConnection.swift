package import Model
import Synchronization

/// A way to the hub that notes when each answer came, so that the hub's time in it can be compared
/// with the device's clock.
package final class TimedConnection: HubConnection {
    private let base: any HubConnection
    private let now: @Sendable () -> ClaimedTime
    private let middle = Mutex<ClaimedTime?>(nil)

    package init(_ base: any HubConnection, now: @escaping @Sendable () -> ClaimedTime) {
        self.base = base
        self.now = now
    }

    /// The device's clock minus the hub's, if the hub's time is that of the last answer: the middle
    /// between sending and receiving is the best guess for when the hub looked at its clock.
    package func offsetMs(hubTime: HubTime) -> Int64? {
        middle.withLock { $0 }.map { $0.milliseconds.subtracting(clamped: hubTime.milliseconds) }
    }

    package func sync(_ envelope: [UInt8]) async throws -> [UInt8] {
        let sent = now()
        let answer = try await base.sync(envelope)
        note(from: sent)
        return answer
    }

    package func redeem(_ envelope: [UInt8]) async throws -> [UInt8] {
        try await base.redeem(envelope)
    }

    package func rekey(_ envelope: [UInt8]) async throws -> [UInt8] {
        try await base.rekey(envelope)
    }

    package func carry(_ parcel: [UInt8]) async throws -> [UInt8] {
        try await base.carry(parcel)
    }

    private func note(from sent: ClaimedTime) {
        let received = now()
        let half = (received.milliseconds - sent.milliseconds) / 2
        middle.withLock { $0 = ClaimedTime(milliseconds: sent.milliseconds + half) }
    }
}
