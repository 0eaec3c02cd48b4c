import Foundation
import Model
import Replica
import TestSupport
import Testing

@testable import SyncClient

@Suite struct OfferCommandTests {
    private let programme: CommandHarness
    private let mara: MemberHome
    private let tom: MemberHome
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        mara = try await programme.home(of: "Mara", as: .mentor)
        tom = try await programme.home(of: "Tom", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        programme.hub.pair(mentor: mara.member, participant: ana.member)
    }

    private func share(_ homes: MemberHome...) async throws {
        for home in homes + [ana] { try await home.sync() }
    }

    @discardableResult
    private func offer(_ arguments: String..., by mentor: MemberHome) async throws -> String {
        let result = await mentor.run(["offer", "add"] + arguments + ["--json"])
        return try #require(try result.json["id"].string, "\(result.errors)")
    }

    @Test func offerHasAllThatWasSaid() async throws {
        let made = try await mara.json(
            "offer", "add", "Joinery", "--duration", "45m", "--price", "25.50 EUR", "--place",
            "https://meet.example.org/m", "--details", "Bring a plank")
        #expect(made["topic"].string == "Joinery")
        #expect(made["minutes"].int == 45)
        #expect(made["price"]["amount"].int == 2550)
        #expect(made["price"]["currency"].string == "EUR")
        #expect(made["place"].string == "https://meet.example.org/m")
        #expect(made["details"].string == "Bring a plank")
        let id = try #require(made["id"].string)
        let edited = try await mara.json(
            "offer", "edit", id, "--price", "", "--duration", "1h", "--topic", "Doors")
        #expect(edited["price"].isNull)
        #expect(edited["minutes"].int == 60)
        try await share(mara)
        #expect(try await ana.json("offer", "show", id)["topic"].string == "Doors")
        let text = try await ana.expect(.success, "offer", "list").output
        #expect(text.contains("free of charge"))
        #expect(try await mara.json("offer", "delete", id)["deleted"].bool == true)
        #expect(try await mara.json("offer", "list").items.isEmpty)
        try await mara.expect(.success, "undo")
        #expect(try await mara.json("offer", "list").items.count == 1)
    }

    /// Topic and price are of one offer, and a topic is one however it is spaced.
    @Test func topicAndPriceAreOfOneOffer() async throws {
        try await offer("CV review", "--duration", "30m", "--price", "20 EUR", by: mara)
        try await offer("Swimming", "--duration", "30m", "--price", "5 EUR", by: mara)
        try await share(mara)
        func found(_ words: String...) async throws -> Int {
            let result = await ana.run(["mentor", "search"] + words + ["--json"])
            return try result.json.items.count
        }
        #expect(try await found("--topic", "cv  review ") == 1)
        #expect(try await found("--topic", "cv review", "--max-price", "19 EUR") == 0)
        #expect(try await found("--topic", "cv review", "--max-price", "20 EUR") == 1)
        // By the cheaper offer; and Tom, who says nothing of a price.
        #expect(try await found("--max-price", "19 EUR") == 2)
    }

    @Test func onlyMentorsOfferAndSayHowLong() async throws {
        try await ana.expect(.notAllowed, "offer", "add", "Joinery", "--duration", "45m")
        let vague = await mara.run(["offer", "add", "Joinery", "--json"])
        #expect(try vague.json["error"]["code"].string == "durationMissing")
        for (option, value) in [("--price", "much"), ("--duration", "7m")] {
            try await mara.expect(
                .usage, "offer", "add", "Joinery", "--duration", "45m", option, value)
        }
        let id = try await offer("Joinery", "--duration", "45m", by: mara)
        try await share(mara, tom)
        try await tom.expect(.notAllowed, "offer", "edit", id, "--topic", "Doors")
    }

    @Test func topicsAreThoseOfAllOffers() async throws {
        try await offer("Joinery", "--duration", "45m", by: mara)
        try await offer("joinery", "--duration", "30m", by: tom)
        try await offer("Accounts", "--duration", "30m", by: tom)
        try await share(mara, tom)
        let topics = try await ana.json("topic", "list")
        #expect(topics.items.map { $0["topic"].string?.lowercased() } == ["accounts", "joinery"])
        #expect(topics.items.map { $0["mentors"].int } == [1, 2])
    }

    @Test func slotForAnOfferTakesItsLengthAndGivesItsTopic() async throws {
        let id = try await offer("Joinery", "--duration", "45m", by: mara)
        let slot = try await mara.json("slot", "add", "2027-01-20 10:00", "--offer", id)
        #expect(slot["offer"].string == id)
        #expect(slot["end"].string == "2027-01-20T10:45:00Z")
        try await share(mara, tom)
        try await tom.expect(.notAllowed, "slot", "add", "2027-01-20 10:00", "--offer", id)
        try await tom.expect(.usage, "slot", "add", "2027-01-20 10:00")
        let booking = try await ana.json(
            "booking", "request", try #require(slot["id"].string))
        #expect(booking["topic"].string == "Joinery")
    }

    @Test func mentorsAreFoundByWhatTheyAreAndOffer() async throws {
        try await offer("Joinery", "--duration", "45m", "--price", "30 EUR", by: mara)
        try await mara.json(
            "profile", "set", "--company", "Planks & Sons", "--department", "Doors", "--location",
            "Kisumu", "--add-language", "Swahili", "--skill", "joinery=5", "--experience",
            "12 years of joinery")
        try await tom.json(
            "profile", "set", "--hourly-rate", "20 EUR", "--add-expertise", "Accounts",
            "--location", "Zürich")
        try await mara.json("slot", "add", "2027-01-20 10:00", "--duration", "45m")
        try await mara.json("slot", "add", "2027-01-22 10:00", "--duration", "45m")
        try await tom.json("slot", "add", "2027-01-21 10:00", "--duration", "45m")
        try await share(mara, tom)
        func found(_ arguments: String...) async throws -> [String] {
            let result = await ana.run(["mentor", "search"] + arguments + ["--json"])
            #expect(result.status == 0, "\(result.errors)")
            return try result.json.items.compactMap { $0["name"].string }
        }
        #expect(try await found() == ["Mara", "Tom"])
        #expect(try await found("joinery") == ["Mara"])
        #expect(try await found("--topic", "join") == ["Mara"])
        #expect(try await found("--skill", "accounts") == ["Tom"])
        #expect(try await found("--company", "planks", "--department", "door") == ["Mara"])
        #expect(try await found("--location", "zurich") == ["Tom"])
        #expect(try await found("--language", "swahili") == ["Mara"])
        #expect(try await found("--max-price", "25 EUR") == ["Tom"])
        #expect(try await found("--max-price", "30 EUR") == ["Mara", "Tom"])
        #expect(try await found("--max-price", "30 USD") == [])
        #expect(try await found("--min-rating", "4") == [])
        #expect(try await found("--free-on", "2027-01-21") == ["Tom"])
        #expect(try await found("--free-on", "2027-01-22") == ["Mara"])
        #expect(try await found("--sort", "next") == ["Mara", "Tom"])
        #expect(try await found("--sort", "price") == ["Tom", "Mara"])
        #expect(try await found("--sort", "name") == ["Mara", "Tom"])
        let mentors = try await ana.json("mentor", "search", "--location", "kisumu")
        #expect(mentors[0]["nextFree"]["start"].string == "2027-01-20T10:00:00Z")
        #expect(mentors[0]["offers"][0]["topic"].string == "Joinery")
        #expect(mentors[0]["skills"][0]["level"].int == 5)
        #expect(mentors[0]["sessions"].int == 0)
        let text = try await ana.expect(.success, "mentor", "search").output
        #expect(text.contains("Joinery (30.00 EUR)"))
    }

    @Test func profileKeepsListsAndTakesFromThem() async throws {
        let profile = try await ana.json(
            "profile", "set", "--current-role", "apprentice", "--goals", "To read plans",
            "--skill", "joinery=2", "--skill", "maths", "--add-language", "English",
            "--add-language", "German")
        #expect(profile["currentRole"].string == "apprentice")
        #expect(profile["goals"].string == "To read plans")
        #expect(profile["languages"].items.map(\.string) == ["English", "German"])
        let later = try await ana.json(
            "profile", "set", "--skill", "Joinery=3", "--remove-skill", "MATHS",
            "--remove-language", "German")
        #expect(later["skills"].items.map { $0["name"].string } == ["Joinery"])
        #expect(later["skills"][0]["level"].int == 3)
        #expect(later["languages"].items.map(\.string) == ["English"])
        let cleared = try await ana.json("profile", "set", "--current-role", "", "--goals", "")
        #expect(cleared["currentRole"].isNull)
        #expect(cleared["goals"].isNull)
        try await ana.expect(.usage, "profile", "set", "--skill", "joinery=9")
        try await ana.expect(.usage, "profile", "set", "--hourly-rate", "cheap")
    }
}
