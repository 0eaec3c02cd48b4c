import ArgumentParser
import Model
import Replica

struct MentorSearch: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find mentors by what they offer and who they are",
        discussion: """
            All that is given must hold. Texts are found inside words, whatever the case. A price \
            counts if an offer costs no more, or where there is no offer, an hour.
            """)

    enum Order: String, CaseIterable, ExpressibleByArgument {
        case rating, sessions, next, price, name
    }

    @Argument(help: "What stands in their profile or in what they offer")
    var text: String?

    @Option(help: "Only those who offer it")
    var topic: String?

    @Option(help: "Only those who have it among their skills or expertise")
    var skill: String?

    @Option(help: "Only those of this company")
    var company: String?

    @Option(help: "Only those of this part of it")
    var department: String?

    @Option(help: "Only those who are there")
    var location: String?

    @Option(help: "Only those who speak it")
    var language: String?

    @Option(help: ArgumentHelp("Only those who take no more, as in \"30 EUR\"", valueName: "price"))
    var maxPrice: String?

    @Option(help: ArgumentHelp("Only those rated so well or better, 1 to 5", valueName: "stars"))
    var minRating: Double?

    @Option(help: ArgumentHelp("Only those with a free time on this day", valueName: "date"))
    var freeOn: String?

    @Option(
        help: ArgumentHelp(
            "The best first by: rating, sessions, next, price, name", valueName: "by"))
    var sort = Order.rating

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let price = try maxPrice.map(MoneyInput.parse)
        let day = try freeOn.map { try self.day($0, in: context) }
        let clock = StartClock(context)
        let mentors = try context.replica.read { reader in
            try MentorView.all(in: reader, clock: clock, freeWithin: day)
        }.filter { mentor in
            matches(mentor) && mentor.offers(topic, atMost: price)
                && (minRating.map { mentor.person.rating ?? 0 >= $0 } ?? true)
                && (day == nil || mentor.next != nil)
        }.sorted { left, right in
            left.rank(by: sort) < right.rank(by: sort)
        }
        if context.output.json {
            return try context.output.writeJSON(.array(mentors.map(\.json)))
        }
        try context.output.writeOut(
            MentorView.table(mentors, Presentation(context)), ifEmpty: "There is no such mentor.")
    }

    private func matches(_ mentor: MentorView) -> Bool {
        let person = mentor.person
        func holds(_ wanted: String?, _ texts: [String?]) -> Bool {
            guard let wanted else { return true }
            return texts.contains { $0?.mentions(wanted) ?? false }
        }
        let topics = mentor.offers.map(\.topic)
        return (text.map { person.mentions($0) || holds($0, topics) } ?? true)
            && holds(skill, person.skills + person.expertise)
            && holds(company, [person.company]) && holds(department, [person.department])
            && holds(location, [person.location]) && holds(language, person.languages)
    }

    /// From midnight to midnight on the member's clock.
    private func day(_ text: String, in context: CommandContext) throws -> Range<Int64> {
        let clock = WallClock(timeZone: try context.timeZone)
        guard let day = clock.range(from: try context.dateInput.parseDay(text), days: 1) else {
            throw InputFailure.dateOutOfRange(text)
        }
        return day
    }
}
