import Foundation
import Model
import Testing

/// What the code declares and the protocol pages repeat.
@Suite struct SchemaTableTests {
    /// The table in `protocol/permissions.md` is the schema's. With `WAYMARK_GOLDEN=write` it is
    /// written anew.
    @Test func permissionTableIsWhatTheSchemaSays() throws {
        let table = Schema.entities.map(Self.section).joined(separator: "\n")
        if ProcessInfo.processInfo.environment["WAYMARK_GOLDEN"] == "write" {
            try ProtocolFolder.write(generatedPart: "\n" + table + "\n", of: "permissions")
        }
        let page = try ProtocolFolder.page("permissions")
        #expect(try ProtocolFolder.generatedPart(of: page) == "\n" + table + "\n")
        #expect(page.contains("schema version \(Schema.version)"))
    }

    private static func section(of entity: Entity) -> String {
        let fields = entity.fields.map { field in
            let writers: String =
                switch field.merge {
                case .once: "–"
                default: list(field.writers.map { "\($0)" })
                }
            return "| \(field.id.rawValue) | `\(field.name)` | \(field.type) "
                + "| \(name(of: field.merge)) | \(writers) |\n"
        }
        return """
            ### `\(entity.name)` (\(entity.id.rawValue))

            Scopes: \(list(entity.scopes.map(\.name))). Created by: \
            \(list(entity.creators.map { "\($0)" })). Deleted by: \
            \(list(entity.deleters.map { "\($0)" })).\(erasure(of: entity))

            | id | field | type | merge | changed by |
            | --- | --- | --- | --- | --- |
            \(fields.joined())
            """
    }

    private static func erasure(of entity: Entity) -> String {
        guard !entity.erasers.isEmpty else { return "" }
        let fields = entity.fields.filter(\.isErasable).map { "`\($0.name)`" }
        return " Erased by: \(list(entity.erasers.map { "\($0)" })): \(list(fields))."
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "nobody" : names.joined(separator: ", ")
    }

    private static func name(of merge: MergeRule) -> String {
        switch merge {
        case .register(.short): "register, short"
        case .register(.long): "register, long"
        case .set: "set"
        case .once: "once"
        case .sum: "sum"
        case .text: "text"
        case .ruled: "ruled"
        case .sealed: "sealed"
        }
    }

    @Test func refusalCodesInThePageAreThoseOfTheCode() throws {
        let page = try ProtocolFolder.page("permissions")
        let reasons = (1...15).map { RefusalReason(rawValue: $0) }
        for reason in reasons {
            #expect(page.contains("| \(reason.rawValue) | `\(reason.code)` |"), "\(reason.code)")
        }
        #expect(Set(reasons.map(\.code)).count == reasons.count)
        #expect(!reasons.map(\.code).contains("refused"))
        for unknown in [UInt32(0), 16, .max] {
            #expect(RefusalReason(rawValue: unknown).code == "refused")
            #expect(RefusalReason(rawValue: unknown).sentence == "The hub refused it.")
        }
    }

    // MARK: The schema itself

    /// A laptop of before takes what it does not know for erasable, and must come to the same state as
    /// the hub: only what schema version 5 knew may stay when its record is erased.
    @Test func fieldsOfLaterAreErasable() {
        let known: [String: Set<String>] = [
            "booking": [
                "alternates", "amount", "from", "openRequest", "payment", "series", "slot", "until",
                "waits",
            ],
            "bookingAct": ["booking", "kind", "move", "slot"],
            "calendarAddress": ["revoked", "secretHash"],
            "feedback": ["booking", "rating"],
            "invitation": ["expiresAt", "member", "redeemedBy", "revoked", "role"],
            "journalEntry": ["writtenAt"],
            "offer": ["minutes"],
            "openRequest": ["cancelled", "from", "reason", "until"],
            "personalEvent": ["end", "importKey", "isFree", "start"],
            "profile": ["ratingCount", "ratingSum", "role", "sessions", "state"],
            "task": ["due", "review", "status"],
            "taskFeedback": ["task"],
        ]
        for entity in Schema.entities where !entity.erasers.isEmpty {
            let staying = entity.fields.filter { !$0.isErasable }.map(\.name)
            #expect(known[entity.name, default: []].isSuperset(of: staying), "\(entity.name)")
        }
    }

    @Test func idsAndNamesAreUnique() {
        #expect(Set(Schema.entities.map(\.id)).count == Schema.entities.count)
        #expect(Set(Schema.entities.map(\.name)).count == Schema.entities.count)
        for entity in Schema.entities {
            #expect(Set(entity.fields.map(\.id)).count == entity.fields.count, "\(entity.name)")
            #expect(Set(entity.fields.map(\.name)).count == entity.fields.count, "\(entity.name)")
            #expect(!entity.fields.contains { $0.id == .life }, "\(entity.name)")
            #expect(!entity.scopes.isEmpty && !entity.creators.isEmpty, "\(entity.name)")
            #expect(Schema.entity(entity.id) == entity)
            #expect(Schema.entity(named: entity.name) == entity)
        }
    }

    @Test func ruledFieldsAreTheHubsAndFactsNobodys() {
        for entity in Schema.entities {
            for field in entity.fields {
                switch field.merge {
                case .ruled: #expect(field.writers == [.hub], "\(entity.name) \(field.name)")
                case .once: #expect(field.writers.isEmpty, "\(entity.name) \(field.name)")
                default: #expect(!field.writers.isEmpty, "\(entity.name) \(field.name)")
                }
                // A set is a list; any other list is a value, and so small.
                let isValue = field.merge == .once || field.merge == .register(.short)
                #expect((field.merge == .set) == (field.type == .list && !isValue))
            }
        }
    }

    // MARK: Limits

    /// `protocol/limits.md` has a row for every limit, with its value, and no other rows.
    @Test func limitsInThePageAreThoseOfTheCode() throws {
        let limits: [(String, Int64)] = [
            ("valueBytesMax", Int64(Limits.valueBytesMax)),
            ("valueDepthMax", Int64(Limits.valueDepthMax)),
            ("batchSealBytes", Int64(Limits.batchSealBytes)),
            ("batchBytesMax", Int64(Limits.batchBytesMax)),
            ("sectionInflatedBytesMax", Int64(Limits.sectionInflatedBytesMax)),
            ("changeSetChangesMax", Int64(Limits.changeSetChangesMax)),
            ("sectionChangesMax", Int64(Limits.sectionChangesMax)),
            ("batchRulingsMax", Int64(Limits.batchRulingsMax)),
            ("batchSectionsMax", Int64(Limits.batchSectionsMax)),
            ("beyondMax", Int64(Limits.beyondMax)),
            ("requestBytesMax", Int64(Limits.requestBytesMax)),
            ("bundleBytesMax", Int64(Limits.bundleBytesMax)),
            ("parcelsMax", Int64(Limits.parcelsMax)),
            ("parcelPartsMax", Int64(Limits.parcelPartsMax)),
            ("parcelRecipientsMax", Int64(Limits.parcelRecipientsMax)),
            ("freightBytesMax", Int64(Limits.freightBytesMax)),
            ("pushBytesTarget", Int64(Limits.pushBytesTarget)),
            ("pushChangesTarget", Int64(Limits.pushChangesTarget)),
            ("catchingUpMax", Int64(Limits.catchingUpMax)),
            ("pageBytesTarget", Int64(Limits.pageBytesTarget)),
            ("snapshotLogBytesMin", Int64(Limits.snapshotLogBytesMin)),
            ("snapshotPieceBytesMax", Int64(Limits.snapshotPieceBytesMax)),
            ("snapshotPiecesMax", Int64(Limits.snapshotPiecesMax)),
            ("historyBytesTarget", Int64(Limits.historyBytesTarget)),
            ("tokenCharactersMax", Int64(Limits.tokenCharactersMax)),
            ("shortTextBytesMax", Int64(Limits.shortTextBytesMax)),
            ("instantMillisecondsMin", Limits.instantMillisecondsMin),
            ("instantMillisecondsMax", Limits.instantMillisecondsMax),
            ("setElementsMax", Int64(Limits.setElementsMax)),
            ("textEventsMax", Int64(Limits.textEventsMax)),
            ("fieldTextEventsMax", Int64(Limits.fieldTextEventsMax)),
            ("batchReplayEventsMax", Int64(Limits.batchReplayEventsMax)),
            ("textOverlapEventsMax", Int64(Limits.textOverlapEventsMax)),
            ("listItemsMax", Int64(Limits.listItemsMax)),
            ("slotCapacityMax", Int64(Limits.slotCapacityMax)),
            ("slotMinutesMax", Int64(Limits.slotMinutesMax)),
            ("slotNoticeMinutesMax", Int64(Limits.slotNoticeMinutesMax)),
            ("remindersMax", Int64(Limits.remindersMax)),
            ("reminderMinutesMax", Int64(Limits.reminderMinutesMax)),
            ("keysOfLaptopMax", Int64(Limits.keysOfLaptopMax)),
            ("notificationsKept", Int64(Limits.notificationsKept)),
            ("slotGridMinutes", Int64(Limits.slotGridMinutes)),
            ("alternatesMax", Int64(Limits.alternatesMax)),
            ("alternativesOfferedMax", Int64(Limits.alternativesOfferedMax)),
            ("invitationHoursMax", Int64(Limits.invitationHoursMax)),
            ("clockOffsetNoticeMilliseconds", Limits.clockOffsetNoticeMilliseconds),
            ("prefixCharactersMin", Int64(Limits.prefixCharactersMin)),
        ]
        let declared = try ProtocolFolder.source("Limits.swift").split(separator: "\n")
            .compactMap { line -> String? in
                guard let start = line.range(of: "static let ") else { return nil }
                return String(line[start.upperBound...].prefix { $0.isLetter })
            }
        #expect(declared == limits.map(\.0), "This test names every limit.")
        let rows = try ProtocolFolder.page("limits").split(separator: "\n")
            .filter { $0.hasPrefix("| `") }
            .map { $0.split(separator: "|").prefix(2).map { $0.filter { $0 != " " && $0 != "`" } } }
        #expect(rows.map { $0[0] } == limits.map(\.0))
        for (row, limit) in zip(rows, limits) {
            #expect(Int64(row[1].filter { $0 != "," }) == limit.1, "\(limit.0)")
        }
    }
}
