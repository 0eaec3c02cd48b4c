import Foundation
import Testing

/// Work on USB sticks, with the real programs over the real network, where there is one.
@Suite(.serialized, .timeLimit(.minutes(15))) struct CourierTests {
    private static let canary = "Kanarienvogel7319"

    @Test func twoWhoNeverSeeTheNetworkWorkTogetherAndACourierTellsTheHub() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let (ben, carla, david) = (people.ben, people.carla, people.david)
        let stick = programme.scratch.path("stick.bundle")

        // Ben and Carla meet in the field.
        try await carla("task", "add", "Read chapter one")
        try await carla("journal", "write", Self.canary, "--share")
        try await carla("bundle", "write", stick, "--for", "Ben")
        #expect(try await ben("bundle", "read", stick)["changes"].integer ?? 0 > 0)
        #expect(try await ben("bundle", "read", stick)["changes"] == 0)
        let task = try await ben("task", "list").items[0]
        #expect(task["title"] == "Read chapter one")
        #expect(try await ben("journal", "search", Self.canary).items.count == 1)
        try await ben("task", "edit", task["id"].string, "--title", "Read chapter two")
        try await ben("bundle", "write", stick, "--for", "Carla")
        try await carla("bundle", "read", stick)
        #expect(try await carla("task", "list").items[0]["title"] == "Read chapter two")

        // David has a network, and no right to any of it.
        let parcel = programme.scratch.path("for-hub.bundle")
        try await carla("bundle", "write", parcel)
        try await ben("bundle", "write", stick)
        for file in [parcel, stick] { try await david("bundle", "read", file) }
        for file in [parcel, stick] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            #expect(bytes.range(of: Data(Self.canary.utf8)) == nil)
        }
        #expect(try await carla("status")["unsent"]["changes"].integer ?? 0 > 0)
        let synced = try await david("sync")
        #expect(synced["carried"]["delivered"].integer ?? 0 >= 2)
        for (name, bytes) in try david.files() {
            for word in [Self.canary, Self.canary.lowercased(), "chapter"] {
                #expect(bytes.range(of: Data(word.utf8)) == nil, "\(name)")
            }
        }

        // The hub's answers travel back the same way.
        let back = programme.scratch.path("back.bundle")
        for (name, laptop) in [("Carla", carla), ("Ben", ben)] {
            try await david("bundle", "write", back, "--for", name)
            #expect(try await laptop("bundle", "read", back)["acknowledged"].integer ?? 0 > 0)
            #expect(try await laptop("status")["unsent"]["changes"] == 0)
        }
        for laptop in people.all + people.all {
            try await laptop("sync")
            try await laptop.expectLevel()
        }
        #expect(try await carla("task", "list").items[0]["title"] == "Read chapter two")
        #expect(try await ben("conflict", "list") == [])
        #expect(try await carla("conflict", "list") == [])
        try await programme.expectVerified()
        try await programme.stop()
    }

    @Test func aStickIsBroughtToTheHubsOwnMachine() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let stick = programme.scratch.path("stick.bundle")
        let answers = programme.scratch.path("answers.bundle")
        try await people.carla("task", "add", "Read chapter one")
        try await people.carla("bundle", "write", stick)
        let taken = try await Programme.administer(
            "bundle", "read", stick, "--data", programme.hubFolder, "--answers", answers)
        #expect(taken["parcels"] == 1)
        #expect(try await people.carla("bundle", "read", answers)["acknowledged"] == 1)
        #expect(try await people.carla("status")["unsent"]["changes"] == 0)
        try await people.ben("sync")
        #expect(try await people.ben("task", "list").items.count == 1)
        try await programme.expectVerified()
        try await programme.stop()
    }
}
