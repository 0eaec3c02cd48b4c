import Cryptography
import Foundation
import Model
import Replica
import Testing
import Wire

@testable import SyncServer

/// A replica that is level comes back after a while and gets what is new in several pages.
@Suite(.timeLimit(.minutes(10))) struct PageCutTests {
    private static let slotCount = 25

    private func addSlot(_ index: Int, by mentor: Replica, _ harness: HubHarness) throws {
        let time = harness.time.milliseconds
        let start = time - time % 3_600_000 + Int64(index + 1) * 3_600_000
        try mentor.act("slot add", at: ClaimedTime(milliseconds: time)) { action in
            _ = try action.create(
                Schema.slot, in: .slots(of: mentor.identity.member),
                values: [
                    Fields.Slot.start: .integer(start), Fields.Slot.minutes: .integer(30),
                    Fields.Slot.capacity: .integer(1),
                ])
        }
    }

    private func slots(_ replica: Replica) throws -> Set<RecordID> {
        try replica.read { Set(try $0.records(of: Schema.slot).map(\.id)) }
    }

    @Test(arguments: [1, 1_200, 4_000])
    func everyPageGoesOnWhereTheOneBeforeEnded(bytesTarget: Int) async throws {
        let harness = try HubHarness(pageBytesTarget: bytesTarget)
        let mentor = try harness.replica(.mentor, name: "mentor")
        let participant = try harness.replica(.participant, name: "participant")
        try await harness.sync(mentor)
        try addSlot(0, by: mentor, harness)
        try await harness.sync(mentor)
        try await harness.sync(participant)
        #expect(try slots(participant).count == 1)

        for index in 1..<Self.slotCount {
            try addSlot(index, by: mentor, harness)
            try await harness.sync(mentor)
        }
        // Decisions on one's own work come between the entries of others.
        try participant.act(
            "journal write", at: ClaimedTime(milliseconds: harness.time.milliseconds)
        ) { action in
            _ = try action.create(
                Schema.journalEntry, in: .own(participant.identity.member),
                values: [
                    Fields.JournalEntry.body: .text("body"),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ])
        }
        let report = try await harness.sync(participant)
        #expect(report.roundTrips > 2)
        // Nothing came twice: an entry that is missing would make the replica fetch its scope anew.
        #expect(report.pulledBatches == Self.slotCount - 1)
        #expect(try slots(participant) == slots(mentor))
        #expect(try slots(participant).count == Self.slotCount)
        // Both are level: the next exchange finds nothing to repair.
        let again = try await harness.sync(participant)
        #expect(again.roundTrips == 1)
        #expect(again.pulledBatches == 0)
    }
}
