import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// What was refused altogether is between the hub and its author.
@Suite struct RefusedSectionTests {
    @Test func otherReadersOfTheScopeDoNotGetIt() throws {
        let harness = try HubHarness()
        let (mentor, participant) = try harness.pair()
        let scope = Scope.participant(participant.member)
        let admitted = participant.batch(
            scope,
            participant.create(
                Schema.task, participant.newID(),
                [
                    Fields.Task.title: .text("title"),
                    Fields.Task.status: .integer(TaskStatus.open.rawValue),
                ]))
        // Only mentors give feedback on tasks.
        let refused = participant.batch(
            scope,
            participant.create(
                Schema.taskFeedback, participant.newID(),
                [
                    Fields.TaskFeedback.task: .reference(participant.newID()),
                    Fields.TaskFeedback.comment: .text("comment"),
                ]))
        try harness.push(participant, admitted)
        let answer = try harness.push(participant, refused)
        #expect(try harness.refusal(of: refused, in: answer) == .notAllowed)
        // Its author hears why.
        let decisions = try answer.entries.map {
            try $0.admission.verify(hubKey: participant.hubKey, isWhole: false)
        }
        #expect(decisions.contains { $0.batch == refused.id })

        let entries = try harness.push(mentor).entries
        #expect(entries.contains { $0.batch?.id == admitted.id })
        #expect(!entries.contains { $0.batch?.id == refused.id })
        let hashes = Set(refused.sections.map(\.hash))
        #expect(
            entries.allSatisfy { entry in
                hashes.allSatisfy { entry.admission.bytes(of: $0) == nil }
            })
    }
}
