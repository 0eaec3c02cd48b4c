import Model
import Replica

/// Those who wait for a seat.
extension Referee {
    /// Gives seats that have become free to those who wait for them, who came first first. Whoever
    /// is busy then waits on.
    mutating func promote() throws {
        for slot in Set(touchedSlots).sorted(by: { $0.record < $1.record }) {
            queue: for var status in try store.waiting(for: slot.record) {
                guard let participant = status.scope.participant else { continue }
                let author = try ledger.facts.member(of: status.booking.device)
                let attempt = try take(
                    slot.record, for: status.booking, mentor: slot.mentor,
                    participant: participant, by: Asker(isMentor: author == slot.mentor))
                switch attempt {
                // Another one may have been asked for by the mentor, for whom it is never too late.
                case .failed(.participantBusy, _), .failed(.tooLate, _): continue queue
                case .failed: break queue
                case .taken(let time, let isInstant):
                    status.state = BookingMachine.granted(
                        isInstant: isInstant, byMentor: author == slot.mentor)
                    status.slot = time
                    try conclude(status, act: nil, reason: nil)
                }
            }
        }
    }
}
