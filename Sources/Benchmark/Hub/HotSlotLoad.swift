import Foundation
import Model
import Wire

/// Many participants who want the same few seats at the same moment.
struct HotSlotLoad {
    let program: URL
    let folder: String
    let requests: Int
    let seats: Int

    func run() async throws -> [Figure] {
        // One mentor in ten, and all the others ask.
        var programme = try await LoadProgramme(
            hub: program, in: folder, devices: requests + max(1, requests / 9))
        return try await programme.use { try await figures($0) }
    }

    /// A verdict that a participant heard, and when.
    private struct Heard: Sendable {
        var states: [BookingState] = []
        var time = Duration.zero
    }

    private func figures(_ programme: LoadProgramme) async throws -> [Figure] {
        let mentor = programme.mentors[0]
        let slot = await mentor.addSlot(capacity: Int64(seats), hoursAhead: 24)
        try await mentor.level()
        let participants = programme.participants.prefix(requests)
        for participant in participants {
            try await participant.level()
            await participant.request(slot, of: mentor.member)
        }
        let clock = ContinuousClock()
        let start = clock.now
        let heard = try await withThrowingTaskGroup(of: Heard.self) { group in
            for participant in participants {
                group.addTask {
                    var heard = Heard()
                    try await participant.level { page in
                        let states = try Self.verdicts(in: page)
                        if heard.states.isEmpty, !states.isEmpty { heard.time = clock.now - start }
                        heard.states += states
                    }
                    return heard
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let times = Latencies(heard.map(\.time))
        let confirmed = heard.count { $0.states == [.confirmed] }
        let refused = heard.count { $0.states == [.refused] }
        func figure(
            _ name: String, _ value: Double, _ unit: Figure.Unit, goal: Double? = nil
        ) -> [Figure] {
            let name = "\(heard.count) requests for \(seats) seats: \(name)"
            guard let goal else { return [Figure(name, value, unit)] }
            // Exactly so many: both bounds, of which one at least says that it is missed.
            let bound: Goal = value < goal ? .atLeast(goal) : .atMost(goal)
            return [Figure(name, value, unit, goal: bound)]
        }
        return figure(
            "confirmed", Double(confirmed), .count, goal: Double(min(seats, heard.count)))
            + figure(
                "refused with a verdict", Double(refused), .count,
                goal: Double(max(0, heard.count - seats)))
            + figure("verdict, median", times.median, .milliseconds)
            + figure("verdict, slowest", times.worst, .milliseconds)
            + figure("hub's peak memory", programme.hub.usage.peakMiB, .mebibytes)
    }

    /// The states of the verdicts in a page.
    private static func verdicts(in page: LoadDevice.Outcome) throws -> [BookingState] {
        try page.entries.compactMap(\.batch).flatMap(\.sections).flatMap { section in
            try section.open().changeSets.flatMap(\.changes).compactMap { change in
                guard change.entity == Schema.bookingVerdict.id,
                    change.field == Fields.BookingVerdict.state,
                    case .set(let value) = change.operation
                else { return nil }
                return value.integer.flatMap(BookingState.init(rawValue:))
            }
        }
    }
}
