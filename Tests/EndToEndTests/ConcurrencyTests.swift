import Foundation
import Testing

/// Several terminals on one replica are normal.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ConcurrencyTests {
    @Test func commandsAtOnceOnOneReplicaAllSucceed() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let carla = people.carla
        try await withThrowingTaskGroup(of: Run.self) { group in
            for number in 0..<8 {
                group.addTask { try await carla.run(["task", "add", "Task \(number)"]) }
                group.addTask { try await carla.run(["journal", "write", "Entry \(number)"]) }
            }
            for _ in 0..<3 { group.addTask { try await carla.run(["sync"]) } }
            for try await run in group { #expect(run.status == 0, "\(run.errors)") }
        }
        let tasks = try await carla("task", "list").items.map(\.["title"].string)
        #expect(Set(tasks) == Set((0..<8).map { "Task \($0)" }))
        #expect(tasks.count == 8)
        #expect(try await carla("journal", "list").items.count == 8)
        try await carla("sync")
        try await people.ben("sync")
        #expect(
            try await people.ben("task", "list", "--for", "Carla").items.count == 8)
        for laptop in [carla, people.ben] { try await laptop.expectLevel() }
        try await programme.expectVerified()
        try await programme.stop()
    }

    /// Two syncs of one replica at once send nothing twice and both succeed.
    @Test func syncsAtOnceOfOneReplicaSendEverythingOnce() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        for number in 0..<5 { try await people.carla("task", "add", "Task \(number)") }
        let carla = people.carla
        try await withThrowingTaskGroup(of: Run.self) { group in
            for _ in 0..<4 { group.addTask { try await carla.run(["sync"]) } }
            for try await run in group { #expect(run.status == 0, "\(run.errors)") }
        }
        try await people.ben("sync")
        #expect(try await people.ben("task", "list", "--for", "Carla").items.count == 5)
        for laptop in [carla, people.ben] { try await laptop.expectLevel() }
        try await programme.expectVerified()
        try await programme.stop()
    }
}
