import Model
import Replica

/// Meetings of one's own that stand in the time of something else.
enum MeetingOverlap {
    /// Those that can still be moved and lie in one of some times, even in part.
    static func meetings(
        in times: [Range<Int64>], _ reader: ReplicaReader
    ) throws -> [BookingOutlook] {
        guard !times.isEmpty else { return [] }
        let oneself = reader.identity.member
        return try reader.bookingOutlooks().filter { outlook in
            guard [outlook.mentor, outlook.participant].contains(oneself),
                outlook.ruled?.mayMove ?? false, let start = outlook.start,
                let end = outlook.end
            else { return false }
            return times.contains { start < $0.upperBound && $0.lowerBound < end }
        }
    }
}
