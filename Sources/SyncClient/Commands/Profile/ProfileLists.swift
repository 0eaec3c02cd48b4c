import ArgumentParser
import Model
import Replica

/// The options of `profile set` for what a profile has several of.
struct ProfileLists: ParsableArguments {
    @Option(help: ArgumentHelp("Something you know well; repeat it for more", valueName: "text"))
    var addExpertise: [String] = []

    @Option(help: ArgumentHelp("Takes it away again", valueName: "text"))
    var removeExpertise: [String] = []

    @Option(help: ArgumentHelp("A language you speak; repeat it for more", valueName: "language"))
    var addLanguage: [String] = []

    @Option(help: ArgumentHelp("Takes it away again", valueName: "language"))
    var removeLanguage: [String] = []

    @Option(
        name: .customLong("skill"),
        help: ArgumentHelp(
            "A skill and its level from 1 to 5, as in joinery=4; repeat it for more",
            valueName: "name[=level]"))
    var skills: [Skill] = []

    @Option(help: ArgumentHelp("Takes a skill away", valueName: "name"))
    var removeSkill: [String] = []

    /// What is added to a set and what is taken out of it.
    struct Change {
        let field: FieldID
        let added: [String]
        let removed: [String]
    }

    /// What becomes of the sets of a profile.
    func changes(
        to profile: StoredRecord?, in context: CommandContext
    ) throws -> [Change] {
        func present(_ field: FieldID) -> [String] { profile?.list(field).compactMap(\.text) ?? [] }
        func change(_ field: FieldID, _ added: [String], _ removed: [String]) throws -> Change {
            let present = present(field)
            let added = try added.map { try context.shortText($0, "text") }
            let removed = try removed.map { try context.shortText($0, "text") }
            return Change(
                field: field, added: added.filter { !present.contains($0) },
                removed: present.filter(removed.contains))
        }
        // A skill has one level: the new one takes the place of the old one.
        let known = present(Fields.Profile.skills)
        let renamed = Set(skills.map { $0.name.lowercased() })
        let dropped = Set(try removeSkill.map { try context.shortText($0, "skill").lowercased() })
        let stored = skills.map(\.stored)
        let skillChange = Change(
            field: Fields.Profile.skills, added: stored.filter { !known.contains($0) },
            removed: known.filter { text in
                let name = (Skill(argument: text)?.name ?? text).lowercased()
                return dropped.contains(name) || renamed.contains(name) && !stored.contains(text)
            })
        return [
            try change(Fields.Profile.expertise, addExpertise, removeExpertise),
            try change(Fields.Profile.languages, addLanguage, removeLanguage), skillChange,
        ].filter { !$0.added.isEmpty || !$0.removed.isEmpty }
    }

    var isEmpty: Bool {
        [addExpertise, removeExpertise, addLanguage, removeLanguage, removeSkill]
            .allSatisfy(\.isEmpty) && skills.isEmpty
    }
}
