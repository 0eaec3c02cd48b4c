import Foundation
import Testing

/// A hub that is restored from a backup, with the real programs.
@Suite(.serialized, .timeLimit(.minutes(15))) struct RestoredHubProcessTests {
    @Test func restoredHubGetsBackWhatLaptopsHold() async throws {
        var programme = try await Programme.start()
        let people = try await programme.people()
        try await people.ben("slot", "add", "tomorrow 10:00", "--duration", "30m", "--instant")
        try await people.ben("sync")
        try await people.carla("sync")
        let backup = programme.scratch.path("backup")
        try await Programme.administer("backup", "--data", programme.hubFolder, "--to", backup)

        // What the backup does not hold.
        try await people.ben("task", "add", "Lost and found", "--for", "carla@example.org")
        let slot = try await people.carla("slot", "list")[0]["id"].string
        let booking = try await people.carla("booking", "request", slot)["id"].string
        try await people.carla("sync")
        try await people.ben("sync")
        #expect(try await people.carla("booking", "show", booking)["state"] == "confirmed")

        try await programme.restore(from: backup)
        let status = try await Programme.administer("status", "--data", programme.hubFolder)
        #expect(status["recovering"] == true)

        let sync = try await people.ben.run(["sync"])
        #expect(sync.status == 0)
        #expect(sync.errors.contains("set back"), "\(sync.errors)")
        #expect(try await people.ben("status")["hubIsRecovering"] == true)
        for laptop in people.all { try await laptop("sync") }
        let recovery = try await Programme.administer(
            "recovery", "status", "--data", programme.hubFolder)
        #expect(recovery["recovering"] == true)
        #expect(recovery["returned"].integer ?? 0 > 0)
        #expect(recovery["oversold"].items.isEmpty)

        try await Programme.administer("recovery", "end", "--data", programme.hubFolder)
        for laptop in people.all { try await laptop("sync") }
        #expect(try await people.carla("booking", "show", booking)["state"] == "confirmed")
        #expect(try await people.carla("task", "list")[0]["title"] == "Lost and found")
        #expect(try await people.ben("status")["hubIsRecovering"] == false)
        for laptop in people.all { try await laptop.expectLevel() }
        try await programme.expectVerified()
        try await programme.stop()
    }
}
