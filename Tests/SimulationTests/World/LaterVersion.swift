import Model

/// What a version after this one knows besides: in the simulation some machines run it.
enum LaterVersion {
    static let portfolio = Entity(
        9_998, "portfolio", scopes: [.own, .participant], creators: [.owner, .mentor, .admin],
        deleters: [.author, .owner], erasers: [.owner, .admin],
        fields: [
            Field(1, "title", .text, .register(.short), writers: [.author, .owner, .mentor]),
            Field(2, "story", .text, .text, writers: [.author, .owner, .mentor]),
            Field(3, "links", .list, .set, writers: [.author, .owner]),
            Field(
                4, "begun", .instant, .register(.short), writers: [.author, .owner],
                isErasable: true),
            Field(
                5, "task", .reference, .register(.short), writers: [.author, .owner],
                isErasable: true),
        ])
    /// Its records share the id of a portfolio.
    static let cover = Entity(
        9_999, "cover", scopes: [.own, .participant], creators: [.owner, .mentor, .admin],
        erasers: [.owner, .admin],
        fields: [Field(1, "caption", .text, .register(.long), writers: [.author, .owner])])
    static let taskPlace = Field(
        90, "place", .text, .register(.short), writers: [.mentor, .admin, .author, .owner])
    /// No words; but what a version of before does not know it takes for erasable.
    static let taskEffort = Field(
        92, "effort", .integer, .register(.long), writers: [.mentor, .admin, .author, .owner],
        isErasable: true)
    static let entryMood = Field(91, "mood", .text, .register(.short), writers: [.author])

    static let schema = LaterSchema(
        version: Schema.version + 1, entities: [portfolio, cover],
        fields: [Schema.task.id: [taskPlace, taskEffort], Schema.journalEntry.id: [entryMood]])

    static func declares(_ field: FieldID, of entity: EntityID) -> Bool {
        schema.entities.contains { $0.id == entity }
            || schema.fields[entity]?.contains { $0.id == field } ?? false
    }
}

/// A machine whose programs may be of the version after this one.
protocol VersionedMachine {
    var hasLaterVersion: Bool { get }
}

extension VersionedMachine {
    /// Runs something as the machine's programs would.
    func running<Result>(_ body: () throws -> Result) rethrows -> Result {
        try LaterSchema.$current.withValue(
            hasLaterVersion ? LaterVersion.schema : nil, operation: body)
    }
}
