import Testing

/// A mentor's laptop that has slots on loan confirms them without a network, for good.
@Suite(.serialized, .timeLimit(.minutes(15))) struct EscrowTests {
    @Test func mentorConfirmsOfflineAndTheHubHonoursIt() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let (ben, carla) = (people.ben, people.carla)
        let slot = try await ben("slot", "add", "tomorrow 10:00", "--duration", "30m")["id"].string
        let kept = try await ben("slot", "add", "tomorrow 12:00", "--duration", "30m")["id"].string
        let lent = try await ben("slot", "lend", slot, kept)
        #expect(lent.items.map { $0["lentTo"] } == [.null, .null])
        try await ben("sync")
        #expect(try await ben("slot", "list")[0]["state"] == "lent")

        // While it is on loan the hub sells none of it.
        try await carla("sync")
        let booking = try await carla("booking", "request", slot, "--topic", "CV")["id"].string
        #expect(try await carla("sync")["verdicts"][0]["reason"] == "slotLent")
        try await ben("sync")

        // Ben has no network: what he says is final, and Carla can read it from a stick.
        let granted = try await ben("booking", "approve", booking)
        #expect(granted["state"] == "confirmed" && granted["final"] == .flag(true))
        #expect(granted["pending"] == .flag(true) && granted["reason"] == .null)
        let twice = try await ben.run(["booking", "request", slot, "--for", "Carla"])
        #expect(twice.status == 1)
        let own = try await ben("booking", "request", kept, "--for", "Carla", "--topic", "Plan")
        #expect(own["state"] == "confirmed" && own["final"] == .flag(true))
        let full = try await ben.run(["slot", "withdraw", kept])
        #expect(full.status == 1)
        let stick = programme.scratch.path("stick.bundle")
        try await ben("bundle", "write", stick, "--for", "Carla")
        try await carla("bundle", "read", stick)
        for id in [booking, own["id"].string] {
            let shown = try await carla("booking", "show", id)
            #expect(shown["state"] == "confirmed" && shown["final"] == .flag(true))
        }

        // What was given back is given away no more, until the hub has heard of it.
        try await ben("slot", "return", slot, kept)
        try await ben("sync")
        try await carla("sync")
        for laptop in [ben, carla] {
            let list = try await laptop("booking", "list")
            #expect(list.items.map { $0["state"] } == ["confirmed", "confirmed"])
            #expect(list.items.map { $0["final"] } == [.flag(false), .flag(false)])
            try await laptop.expectLevel()
        }
        #expect(try await ben("slot", "list").items.map { $0["state"] } == ["full", "full"])
        try await programme.expectVerified()
        try await programme.stop()
    }

    @Test func whatIsGivenBackIsNotGivenAwayAgain() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let ben = people.ben
        let slot = try await ben("slot", "add", "tomorrow 10:00", "--duration", "30m")["id"].string
        #expect(try await ben.run(["slot", "return", slot]).status == 1)
        try await ben("slot", "lend", slot)
        try await ben("sync")
        #expect(try await ben.run(["slot", "withdraw", slot]).status == 0)
        let other = try await ben("slot", "add", "tomorrow 12:00", "--duration", "30m")["id"].string
        try await ben("slot", "lend", other)
        try await ben("sync")
        try await ben("slot", "return", other)
        let late = try await ben.run(["booking", "request", other, "--for", "Carla", "--json"])
        #expect(late.status == 1)
        #expect(try Document(reading: late.output)["error"]["code"] == "notHolder")
        try await ben("sync")
        #expect(try await ben("slot", "list")[1]["state"] == "open")
        try await programme.expectVerified()
        try await programme.stop()
    }
}
