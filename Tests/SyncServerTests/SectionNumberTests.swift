import Cryptography
import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// A device numbers its changes in each scope without gaps and without saying a number twice.
@Suite struct SectionNumberTests {
    private let harness: HubHarness
    private let device: RawDevice

    init() throws {
        harness = try HubHarness()
        device = try harness.join(.participant)
    }

    /// A batch with one journal entry, three changes, numbered from here.
    private func entry(numberedFrom first: UInt64) -> SealedBatch {
        let changes = device.create(
            Schema.journalEntry, device.newID(),
            [
                Fields.JournalEntry.body: .text("body"),
                Fields.JournalEntry.date: .text("2026-11-21"),
            ])
        let set = ChangeSet(
            ordinal: 0, action: 1,
            claimed: ClaimedTime(milliseconds: harness.time.milliseconds), changes: changes)
        let section = Section(
            scope: .own(device.member), firstNumber: first, changeSets: [set])
        return device.seal([SectionBytes.seal(section, salt: RandomBytes.generate(count: 16))])
    }

    private func entryCount() throws -> Int {
        try harness.hub.database.read { try $0.count("SELECT count(*) FROM journalEntry") }
    }

    @Test(arguments: [1, 2, 5, UInt64.max - 2] as [UInt64])
    func sectionThatDoesNotContinueIsRefusedAndTheDeviceGoesOn(number: UInt64) throws {
        try harness.push(device, entry(numberedFrom: 1))
        #expect(try entryCount() == 1)

        let stray = entry(numberedFrom: number)
        try harness.push(device, stray)
        let decision = try #require(try harness.admission(of: stray).sections.first)
        #expect(decision.refusals.map(\.ordinal) == [SectionAdmission.allOrdinals])
        #expect(decision.refusals.map(\.reason) == [.malformed])
        #expect(try entryCount() == 1)

        let next = entry(numberedFrom: 4)
        let answer = try harness.push(device, next)
        #expect(try harness.refusal(of: next, in: answer) == nil)
        #expect(try entryCount() == 2)
        #expect(try harness.hub.verify().fault == nil)
    }
}
