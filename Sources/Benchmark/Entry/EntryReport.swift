import Foundation
import Model
import Replica
import TestSupport

/// What the saves of one entry cost.
struct EntryReport: Encodable {
    let saves: Int
    let textBytes: Int
    /// Changes that waited for a sync at the end.
    let unsent: Int
    let saveMedianMs: Double
    let saveWorstMs: Double
    let readMs: Double
    let editMs: Double
    let matches: Bool

    init(
        _ command: EntryCommand, _ replica: Replica, _ workplace: Workplace
    ) async throws {
        let now = Workplace.now
        let clock = ContinuousClock()
        let scope = Scope.own(replica.identity.member)
        var lines = ["The beginning."]
        var seed = Seed(1)
        let entry = try replica.act("journal write", at: now) { action in
            try action.create(
                Schema.journalEntry, in: scope,
                values: [
                    Fields.JournalEntry.body: .text(lines[0]),
                    Fields.JournalEntry.date: .text("2026-12-01"),
                ])
        }
        var times: [Duration] = []
        let lineBytes = command.bytes / command.saves - 1
        for index in 1...command.saves {
            let letters = (0..<lineBytes).map { _ in
                seed.oneIn(6) ? UInt8(ascii: " ") : UInt8(ascii: "a") + UInt8(seed.below(26))
            }
            lines.insert(String(decoding: letters, as: UTF8.self), at: seed.below(lines.count + 1))
            let text = lines.joined(separator: "\n")
            times.append(
                try clock.measure {
                    try replica.act("journal edit", at: now) { action in
                        try action.set(
                            Fields.JournalEntry.body, of: entry, Schema.journalEntry, in: scope,
                            to: .text(text))
                    }
                })
            if command.syncEvery > 0, index % command.syncEvery == 0, index < command.saves {
                try await workplace.sync(replica)
            }
        }
        let text = lines.joined(separator: "\n")
        let last = times.suffix(100).sorted()
        saves = command.saves
        textBytes = text.utf8.count
        unsent = try replica.read { try $0.status().unsentChanges }
        saveMedianMs = last[last.count / 2].milliseconds
        saveWorstMs = (last.last ?? .zero).milliseconds
        var body: String?
        readMs = try Stopwatch.median(of: 21) {
            body = try replica.read {
                try $0.record(entry, of: Schema.journalEntry)?.text(Fields.JournalEntry.body)
            }
        }
        editMs = try Stopwatch.median(of: 21) {
            _ = try replica.read { reader in
                try reader.record(entry, of: Schema.journalEntry).map {
                    try reader.textVersion(of: Fields.JournalEntry.body, in: $0)
                }
            }
        }
        matches = body.map { $0.utf8.elementsEqual(text.utf8) } ?? false
    }
}
