import ArgumentParser
import Foundation
import Model
import Replica

struct ProfileSet: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change your profile",
        discussion: """
            The programme sees all of it but e-mail and phone, which are for admins, your mentors \
            and your participants. An empty text clears a field.
            """)

    @Option(help: "Your name")
    var name: String?

    @Option(help: "A few sentences about you; - for standard input")
    var bio: String?

    @Option(help: ArgumentHelp("Your time zone, like Africa/Nairobi", valueName: "zone"))
    var timeZone: String?

    @Option(help: "Where you live or work")
    var location: String?

    @Option(help: "Where you work")
    var company: String?

    @Option(help: "The part of it")
    var department: String?

    @Option(help: "What you have done, in a line, as in \"12 years of joinery\"")
    var experience: String?

    @Option(help: "What you do now, as in \"apprentice\"")
    var currentRole: String?

    @Option(help: "What you want to learn; - for standard input")
    var goals: String?

    @Option(help: ArgumentHelp("What you take for an hour, as in \"25 EUR\"", valueName: "price"))
    var hourlyRate: String?

    @Option(help: "A phone number")
    var phone: String?

    @Option(help: "Your e-mail address")
    var email: String?

    @OptionGroup(title: "Lists") var lists: ProfileLists

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let profile = try profileValues(context)
        let contact = try contactValues(context)
        guard !profile.isEmpty || !contact.isEmpty || !lists.isEmpty else {
            throw CommandFailure(
                .usage, code: "nothingToDo", "Nothing to change was given.",
                hint: "Name a field, as in: waymark profile set --location Nairobi")
        }
        let replica = try context.replica
        let me = replica.identity.member
        let (conflicts, isUnchanged) = try replica.act("profile set", at: context.now) { action in
            let reader = action.reader
            let conflicts = try [Schema.profile, Schema.contact].map { entity in
                (entity, try reader.fieldsInConflict(of: me.recordID, entity.id))
            }
            for (field, value) in profile {
                try action.set(
                    field, of: me.recordID, Schema.profile, in: .programme, to: value)
            }
            let present = try reader.record(me.recordID, of: Schema.profile)
            for change in try lists.changes(to: present, in: context) {
                for text in change.removed {
                    action.remove(
                        .text(text), from: change.field, of: me.recordID, Schema.profile,
                        in: .programme)
                }
                for text in change.added {
                    action.add(
                        .text(text), to: change.field, of: me.recordID, Schema.profile,
                        in: .programme)
                }
            }
            for (field, value) in contact {
                try action.set(
                    field, of: me.recordID, Schema.contact, in: .contact(of: me), to: value)
            }
            return (conflicts, action.isEmpty)
        }
        if isUnchanged { SaveNotice.tellUnchanged("profile", in: context) }
        for (entity, fields) in conflicts {
            try ConflictNotice.tellSettled(fields, of: me.recordID, entity, in: context)
        }
        try ProfileShow.show(context) { $0.identity.member }
    }

    private func profileValues(_ context: CommandContext) throws -> [(FieldID, Value)] {
        var values: [(FieldID, Value)] = []
        if let name {
            values.append((Fields.Profile.name, .text(try context.shortText(name, "name"))))
        }
        if let bio {
            let text = try context.textInput("bio", allowsEmpty: true).read(bio)
            values.append((Fields.Profile.bio, Self.value(text)))
        }
        if let timeZone {
            let text = try context.shortText(timeZone, "time zone", allowsEmpty: true)
            guard text.isEmpty || TimeZone(identifier: text) != nil else {
                throw CommandFailure(
                    .usage, code: "invalidTimeZone",
                    "\(InputFailure.quoted(text)) is not a time zone.",
                    hint: "Write it like Africa/Nairobi or Europe/Zurich.")
            }
            values.append((Fields.Profile.timeZone, Self.value(text)))
        }
        if let goals {
            let text = try context.textInput("goals", allowsEmpty: true).read(goals)
            values.append((Fields.Profile.goals, Self.value(text)))
        }
        if let hourlyRate {
            values.append(
                (
                    Fields.Profile.hourlyRate,
                    hourlyRate.isEmpty ? .null : try MoneyInput.parse(hourlyRate).value
                ))
        }
        for (field, argument, noun) in [
            (Fields.Profile.location, location, "location"),
            (Fields.Profile.company, company, "company"),
            (Fields.Profile.department, department, "department"),
            (Fields.Profile.experience, experience, "experience"),
            (Fields.Profile.currentRole, currentRole, "current role"),
        ] {
            guard let argument else { continue }
            let text = try context.shortText(argument, noun, allowsEmpty: true)
            values.append((field, Self.value(text)))
        }
        return values
    }

    private func contactValues(_ context: CommandContext) throws -> [(FieldID, Value)] {
        var values: [(FieldID, Value)] = []
        if let phone {
            let text = try context.shortText(phone, "phone number", allowsEmpty: true)
            values.append((Fields.Contact.phone, Self.value(text)))
        }
        if let email {
            values.append(
                (Fields.Contact.email, .text(try EmailInput(context: context).parse(email))))
        }
        return values
    }

    private static func value(_ text: String) -> Value { text.isEmpty ? .null : .text(text) }
}
