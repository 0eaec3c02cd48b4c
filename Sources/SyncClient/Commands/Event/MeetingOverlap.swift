import Model
import Replica

/// Meetings of one's own that stand in the time of something else.
enum MeetingOverlap {
    /// Those that can still be moved and lie in one of some times, even in part.
    static func meetings(
        in times: [Range<Int64>], _ reader: ReplicaReader
    ) throws -> [BookingOutlook] {
        guard !times.isEmpty else { return [] }
        return try reader.bookingOutlooks().filter { outlook in
            guard let time = time(of: outlook, reader.identity.member) else { return false }
            return times.contains { time.overlaps($0) }
        }
    }

    /// Other ones at the time of a meeting of one's own that can still be moved. Who has a slot on loan
    /// may promise somebody a time that was promised otherwise meanwhile.
    static func meetings(
        beside outlook: BookingOutlook, _ reader: ReplicaReader
    ) throws -> [BookingOutlook] {
        guard let time = time(of: outlook, reader.identity.member) else { return [] }
        return try meetings(in: [time], reader).filter { areTwoPlaces($0, outlook) }
    }

    /// Which of some bookings have another one of them beside them.
    static func besideOthers(
        among outlooks: [BookingOutlook], of oneself: MemberID
    ) -> Set<RecordID> {
        let meetings = outlooks.compactMap { outlook in
            time(of: outlook, oneself).map { (outlook: outlook, time: $0) }
        }.sorted { $0.time.lowerBound < $1.time.lowerBound }
        var found: Set<RecordID> = []
        for (index, one) in meetings.enumerated() {
            let others = meetings[(index + 1)...]
                .prefix { $0.time.lowerBound < one.time.upperBound }
            for other in others where areTwoPlaces(one.outlook, other.outlook) {
                found.formUnion([one.outlook.booking.id, other.outlook.booking.id])
            }
        }
        return found
    }

    /// Which of some meetings of one's own that can still be moved have a slot of which more people
    /// have a seat than it has seats: two hubs had sold it, or its mentor made it smaller.
    static func overbooked(
        among outlooks: [BookingOutlook], _ reader: ReplicaReader
    ) throws -> Set<RecordID> {
        let meetings = outlooks.filter { time(of: $0, reader.identity.member) != nil }
        return Set(
            try meetings.filter { outlook in
                try outlook.slot.flatMap { try reader.record($0, of: Schema.slot) }
                    .map { SlotView($0, now: 0).isOverbooked } ?? false
            }.map(\.booking.id))
    }

    /// What a clash is, and where to see it.
    static let words =
        "two are at one time, or more people have a seat than there are; see waymark agenda month"

    /// How many meetings of one's own that start after an instant, in milliseconds since 1970, cannot
    /// all take place as they stand.
    static func clashCount(after instant: Int64, _ reader: ReplicaReader) throws -> Int {
        let outlooks = try reader.bookingOutlooks(startingAfter: instant)
            .filter { ($0.start ?? .min) > instant }
        return try besideOthers(among: outlooks, of: reader.identity.member)
            .union(overbooked(among: outlooks, reader)).count
    }

    /// When a member is to be at a meeting that can still be moved; nil if it is none of theirs.
    private static func time(of outlook: BookingOutlook, _ member: MemberID) -> Range<Int64>? {
        guard [outlook.mentor, outlook.participant].contains(member),
            outlook.isPromised || outlook.ruled?.mayMove ?? false, let start = outlook.start,
            let end = outlook.end, start < end
        else { return nil }
        return start..<end
    }

    /// People meet in a group at one time.
    private static func areTwoPlaces(_ one: BookingOutlook, _ other: BookingOutlook) -> Bool {
        one.booking.id != other.booking.id && one.slot != other.slot
    }
}
