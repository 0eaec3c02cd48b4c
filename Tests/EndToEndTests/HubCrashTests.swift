import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(15))) struct HubCrashTests {
    /// Several laptops work and sync while the hub is ended, without warning, again and again.
    @Test func hubEndedUnderLoadKeepsEverythingItAcknowledged() async throws {
        var programme = try await Programme.start()
        let people = try await programme.people()
        let workers = [people.ben, people.carla, people.david]
        var acknowledged: Set<String> = []
        for round in 1...3 {
            let hub = programme.hub
            let outcomes = try await withThrowingTaskGroup(of: Worker.self) { group in
                for (index, laptop) in workers.enumerated() {
                    group.addTask {
                        var worker = Worker(laptop, participant: index == 0 ? "David" : nil)
                        try await worker.work(round: round, times: 8)
                        return worker
                    }
                }
                // The hub goes while requests are on their way.
                var answers = hub.answers.makeAsyncIterator()
                for _ in 0..<(3 + 2 * round) { _ = await answers.next() }
                try await hub.kill()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for outcome in outcomes { acknowledged.formUnion(outcome.acknowledged) }
            #expect(outcomes.contains { $0.unreachable > 0 })
            try await programme.expectVerified()
            programme.hub = try await ServedHub.start(
                programme.hubFolder, listen: hub.address)
        }
        #expect(!acknowledged.isEmpty)

        // Before anybody sends anything again, an admin reads what was acknowledged.
        try await people.amina("sync")
        let stored = try await people.amina("task", "list", "--all")
        let titles = Set(stored.items.map(\.["title"].string))
        #expect(titles.isSuperset(of: acknowledged), "\(acknowledged.subtracting(titles))")

        // The next sync of everybody completes, and nothing exists twice.
        for laptop in workers { try await laptop("sync") }
        for laptop in people.all {
            try await laptop("sync")
            try await laptop.expectLevel()
        }
        let all = try await people.amina("task", "list", "--all").items.map(\.["title"].string)
        #expect(all.count == 3 * 3 * 8)
        #expect(Set(all).count == all.count)
        try await programme.expectVerified()
        try await programme.stop()
    }

    /// Adds tasks and syncs after each.
    private struct Worker: Sendable {
        let laptop: Laptop
        let participant: String?
        private var waiting: Set<String> = []
        private(set) var acknowledged: Set<String> = []
        private(set) var unreachable = 0

        init(_ laptop: Laptop, participant: String?) {
            self.laptop = laptop
            self.participant = participant
        }

        mutating func work(round: Int, times: Int) async throws {
            let name = URL(fileURLWithPath: laptop.home).lastPathComponent
            for number in 0..<times {
                let title = "\(name) \(round).\(number)"
                let recipient = participant.map { ["--for", $0] } ?? []
                let added = try await laptop.run(["task", "add", title] + recipient)
                #expect(added.status == 0, "\(added.errors)")
                waiting.insert(title)
                let synced = try await laptop.run(["sync"])
                switch synced.status {
                case 0:
                    acknowledged.formUnion(waiting)
                    waiting = []
                case 69:
                    unreachable += 1
                default:
                    Issue.record("sync ended with \(synced.status): \(synced.errors)")
                }
            }
        }
    }
}
