import Foundation
import Testing

/// What a programme lives through, with the built programs, real sockets and TLS.
@Suite(.serialized, .timeLimit(.minutes(15))) struct StoryTests {
    @Test func invitedPeopleFindEachOther() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()

        let members = try await people.amina("member", "list")
        #expect(Set(members.items.map(\.["name"].string)) == ["Amina", "Ben", "Carla", "David"])
        let mentorships = try await people.ben("mentorship", "list")
        #expect(mentorships.items.count == 2)
        // Contact data is for counterparts and admins.
        let seenByDavid = try await people.david("member", "list")
        let carla = try #require(seenByDavid.items.first { $0["name"] == "Carla" })
        #expect(carla["email"] == .null)
        let me = try await people.carla("whoami")
        #expect(me["member"]["role"] == "participant")
        #expect(me["hub"]["name"] == "Riverside")

        for laptop in people.all { try await laptop.expectLevel() }
        // Whoever is to mentor no more has people still, and somebody has to see to them first.
        let demoted = try await Run.of(
            Programs.hub, ["member", "role", "Ben", "participant", "--data", programme.hubFolder])
        #expect(demoted.status == 1)
        let refusal = "Ben has mentorships with Carla, David."
        #expect(demoted.errors.contains(refusal), "\(demoted.errors)")
        try await programme.expectVerified()
        try await programme.stop()
    }

    @Test func twoEditsOfOneTaskBothStayAndAConflictIsSettledOnce() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let task = try await people.carla("task", "add", "Write")["id"].string
        try await people.carla("sync")
        try await people.ben("sync")

        // Both offline: different fields, then the same one.
        try await people.ben("task", "edit", task, "--due", "2027-03-01")
        try await people.carla("task", "edit", task, "--details", "In ink.")
        try await people.ben("task", "edit", task, "--title", "Write to the shipyard")
        try await people.carla("task", "edit", task, "--title", "Visit the shipyard")
        try await people.carla("sync")
        let summary = try await people.ben("sync")
        #expect(summary["conflicts"] == 1)
        try await people.carla("sync")

        for laptop in [people.ben, people.carla] {
            let seen = try await laptop("task", "show", task)
            #expect(seen["due"].string.hasPrefix("2027-03-01"))
            #expect(seen["details"] == "In ink.")
        }
        let conflict = try await people.carla("conflict", "list")[0]
        #expect(conflict["record"].string == task)
        #expect(conflict["field"] == "title")
        let values = Set(conflict["values"].items.map(\.["value"].string))
        #expect(values == ["Write to the shipyard", "Visit the shipyard"])
        try await people.carla(
            "conflict", "resolve", conflict["id"].string, "--keep", "theirs")
        try await people.carla("sync")
        try await people.ben("sync")

        for laptop in [people.ben, people.carla] {
            #expect(try await laptop("conflict", "list") == [])
            #expect(
                try await laptop("task", "show", task)["title"] == "Write to the shipyard")
        }
        for laptop in people.all {
            try await laptop("sync")
            try await laptop.expectLevel()
        }
        try await programme.expectVerified()
        try await programme.stop()
    }

    @Test func oneHourIsSoldOnceAndTheOtherGetsTheAlternate() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        var slots: [String] = []
        for hour in ["10:00", "14:00"] {
            let slot = try await people.ben(
                "slot", "add", "tomorrow \(hour)", "--duration", "45m")
            slots.append(slot["id"].string)
        }
        for laptop in [people.ben, people.carla, people.david] { try await laptop("sync") }

        let first = try await people.carla("booking", "request", slots[0])["id"].string
        let second = try await people.david(
            "booking", "request", slots[0], "--or", slots[1])["id"].string
        let wish = try await people.carla("booking", "show", first)
        #expect(wish["state"] == "requested")
        #expect(wish["pending"] == true)

        try await people.carla("sync")
        let verdicts = try await people.david("sync")["verdicts"]
        #expect(verdicts.items.map(\.["state"]) == ["held"])
        #expect(try await people.carla("booking", "show", first)["slot"].string == slots[0])
        #expect(try await people.david("booking", "show", second)["slot"].string == slots[1])

        try await people.ben("sync")
        try await people.ben("booking", "approve", first)
        try await people.ben("booking", "decline", second, "--reason", "I am away.")
        try await people.ben("sync")
        for laptop in people.all { try await laptop("sync") }
        #expect(try await people.carla("booking", "show", first)["state"] == "confirmed")
        let declined = try await people.david("booking", "show", second)
        #expect(declined["state"] == "declined")
        // A declined seat is free again, a sold one is not, and nobody reads who has it.
        let free = try await people.david("slot", "list", "--free")
        #expect(free.items.map(\.["id"].string) == [slots[1]])
        #expect(try await people.david("booking", "list").items.count == 1)

        for laptop in people.all { try await laptop.expectLevel() }
        try await programme.expectVerified()
        try await programme.stop()
    }

    @Test func aDiaryReachesTheSecondLaptopAndNobodyElse() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let sample = SourceFolder.resource("pepys-sample.jsonl")
        let imported = try await people.carla("journal", "import", sample)
        let count = try #require(imported["imported"].integer)
        #expect(count == 7)
        #expect(try await people.carla("journal", "import", sample)["imported"] == 0)
        let found = try await people.carla("journal", "search", "Pudding-lane")[0]
        try await people.carla("journal", "share", found["id"].string)
        let link = try await people.carla("device", "add")["token"].string
        try await people.carla("sync")

        let second = programme.laptop("Carla's second")
        let joined = try await second("join", link, "--hub", programme.hub.url)
        #expect(joined["member"]["name"] == "Carla")
        #expect(
            try await second("journal", "list", "--limit", "100")
                == people.carla("journal", "list", "--limit", "100"))
        try await people.ben("sync")
        #expect(
            try await people.ben("journal", "list").items.map(\.["id"]) == [found["id"]])
        try await people.david("sync")
        #expect(try await people.david("journal", "list") == [])

        for laptop in people.all + [second] {
            try await laptop("sync")
            try await laptop.expectLevel()
        }
        try await programme.expectVerified()
        try await programme.stop()
    }

    /// One round trip of at most 600 bytes, and nothing is written.
    @Test func syncWithNothingToDoWritesNothing() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let before = try Self.database(of: people.carla)
        let summary = try await people.carla("sync")
        #expect(summary["roundTrips"] == 1)
        let sent = try #require(summary["bytesSent"].integer)
        let received = try #require(summary["bytesReceived"].integer)
        #expect(sent + received <= 600, "\(sent) bytes out, \(received) bytes in")
        #expect(try Self.database(of: people.carla) == before)
        try await programme.stop()
    }

    private static func database(of laptop: Laptop) throws -> [String: Data] {
        try laptop.files().filter { $0.name.contains("sqlite") && !$0.name.hasSuffix("-shm") }
            .reduce(into: [:]) { $0[$1.name] = $1.bytes }
    }
}

/// Files of the project that tests read.
enum SourceFolder {
    static func resource(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Resources/\(name)").path
    }
}
