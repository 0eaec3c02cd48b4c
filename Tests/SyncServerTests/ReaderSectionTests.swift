import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// Of a batch that reaches several scopes a reader gets the parts of those that they may read.
@Suite struct ReaderSectionTests {
    @Test func sectionsAndDecisionsOfOtherScopesStayWithTheHub() throws {
        let harness = try HubHarness()
        let (mentor, participant) = try harness.pair()
        let shared = Scope.participant(participant.member)
        let own = Scope.own(participant.member)
        func entry(_ body: String) -> [Change] {
            participant.create(
                Schema.journalEntry, participant.newID(),
                [
                    Fields.JournalEntry.body: .text(body),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ])
        }
        let batch = participant.batch([[(own, entry("private"))], [(shared, entry("shared"))]])
        let answer = try harness.push(participant, batch)
        #expect(try harness.refusal(of: batch, in: answer) == nil)

        let scopes = try Dictionary(
            uniqueKeysWithValues: batch.sections.map { ($0.hash, try $0.open().scope) })
        let received = try #require(
            try harness.push(mentor).entries.first { $0.batch?.id == batch.id })
        #expect(received.batch?.sections.map { scopes[$0.hash] } == [shared])
        let decisions = try received.admission.verify(hubKey: mentor.hubKey, isWhole: false)
        #expect(decisions.sections.map { scopes[$0.section] } == [shared])
    }
}
