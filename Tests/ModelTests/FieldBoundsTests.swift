import Model
import Testing

/// What a field takes, at its limits.
@Suite struct FieldBoundsTests {
    private func field(_ entity: Entity, _ id: FieldID) throws -> Field {
        try #require(entity.field(id))
    }

    private func text(_ bytes: Int) -> Value { .text(String(repeating: "x", count: bytes)) }

    @Test func shortTextsEndAtTheirLimitInBytes() throws {
        let title = try field(Schema.task, Fields.Task.title)
        #expect(title.admits(.set(text(Limits.shortTextBytesMax))))
        #expect(!title.admits(.set(text(Limits.shortTextBytesMax + 1))))
        #expect(!title.admits(.set(.text(String(repeating: "é", count: 600)))))
        let tags = try field(Schema.journalEntry, Fields.JournalEntry.tags)
        #expect(tags.admits(.add(text(Limits.shortTextBytesMax))))
        #expect(!tags.admits(.add(text(Limits.shortTextBytesMax + 1))))
    }

    @Test func longTextsAndBytesEndAtTheLimitOfValues() throws {
        let body = try field(Schema.journalEntry, Fields.JournalEntry.body)
        #expect(body.admits(.set(text(Limits.valueBytesMax))))
        #expect(!body.admits(.set(text(Limits.valueBytesMax + 1))))
        let certificate = try field(Schema.device, Fields.Device.certificate)
        let bytes = [UInt8](repeating: 0, count: Limits.valueBytesMax)
        #expect(certificate.admits(.set(.bytes(bytes))))
        #expect(!certificate.admits(.set(.bytes(bytes + [0]))))
    }

    @Test func listsEndAtTheirCountTheirDepthAndTheirSum() throws {
        let scores = try field(Schema.taskFeedback, Fields.TaskFeedback.scores)
        func list(_ count: Int, _ item: Value) -> Change.Operation {
            .set(.list(Array(repeating: item, count: count)))
        }
        #expect(scores.admits(list(Limits.listItemsMax, .integer(1))))
        #expect(!scores.admits(list(Limits.listItemsMax + 1, .integer(1))))
        #expect(scores.admits(list(4, text(Limits.valueBytesMax / 4))))
        #expect(!scores.admits(list(5, text(Limits.valueBytesMax / 4))))
        func nested(_ depth: Int) -> Value { depth == 0 ? .integer(1) : .list([nested(depth - 1)]) }
        #expect(scores.admits(.set(nested(Limits.valueDepthMax))))
        #expect(!scores.admits(.set(nested(Limits.valueDepthMax + 1))))
    }

    @Test func instantsLieInTheYears1To9999() throws {
        let due = try field(Schema.task, Fields.Task.due)
        for edge in [Limits.instantMillisecondsMin, Limits.instantMillisecondsMax] {
            #expect(due.admits(.set(.integer(edge))))
        }
        #expect(!due.admits(.set(.integer(Limits.instantMillisecondsMin - 1))))
        #expect(!due.admits(.set(.integer(Limits.instantMillisecondsMax + 1))))
    }

    @Test func numbersThatAreNoInstantsMayBeAny() throws {
        let rating = try field(Schema.feedback, Fields.Feedback.rating)
        #expect(rating.admits(.set(.integer(.min))))
    }

    @Test func nullEmptiesAnyRegister() {
        for entity in Schema.entities {
            for field in entity.fields where field.merge != .set {
                #expect(field.admits(.set(.null)))
            }
        }
    }

    @Test func recordsAreNotCreatedInAField() throws {
        let title = try field(Schema.task, Fields.Task.title)
        for operation in [Change.Operation.create, .delete, .restore, .leave] {
            #expect(!title.admits(operation))
        }
    }

    @Test(arguments: [
        "0001-01-01", "9999-12-31", "2024-02-29", "2000-02-29", "1660-01-01",
    ])
    func datesOfTheCalendarAreValid(text: String) { #expect(CalendarDate.isValid(text)) }

    @Test(arguments: [
        "", "2026", "0000-01-01", "2026-00-01", "2026-13-01", "2026-01-00", "2026-01-32",
        "2026-04-31", "2023-02-29", "1900-02-29", "2026-1-1", "2026/01/01", "2026-01-01 ",
        "-026-01-01", "２026-01-1", "2026-01-0a",
    ])
    func otherTextsAreNoDates(text: String) { #expect(!CalendarDate.isValid(text)) }
}
