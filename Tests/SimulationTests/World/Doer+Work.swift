import Model
import TestSupport

@testable import Replica

/// Tasks, journals and profiles.
extension Doer {
    func addTask(_ seed: inout Seed) throws -> Bool {
        let target = seed.pick(simulation.laptops.filter { $0.role == .participant })
        let scope = Scope.participant(target.member)
        return try create(
            Schema.task, in: scope,
            [
                Fields.Task.title: longText(in: scope, &seed), Fields.Task.status: .integer(1),
                Fields.Task.review: seed.oneIn(4) ? .boolean(true) : .null,
            ])
    }

    /// A whole plan of tasks for somebody in one action: so many that tables have several pages.
    func handOutTasks(_ seed: inout Seed) throws -> Bool {
        let target = seed.pick(simulation.laptops.filter { $0.role == .participant })
        let scope = Scope.participant(target.member)
        let count = 4 + seed.below(24)
        try replica.act("add", at: now) { action in
            for _ in 0..<count {
                _ = try action.create(
                    Schema.task, in: scope,
                    values: [
                        Fields.Task.title: longText(in: scope, &seed),
                        Fields.Task.status: .integer(1),
                    ])
                try action.endSet()
            }
        }
        return true
    }

    func editTask(_ seed: inout Seed) throws -> Bool {
        guard let task = try any(Schema.task, &seed) else { return false }
        switch seed.below(5) {
        case 0:
            return try set(
                Fields.Task.status, of: task, Schema.task, to: .integer(Int64(1 + seed.below(3))))
        case 1:
            return try set(
                Fields.Task.note, of: task, Schema.task, to: longText(in: task.scope, &seed))
        case 2:
            return try set(
                Fields.Task.due, of: task, Schema.task, to: .integer(Int64(seed.below(1000))))
        case 3:
            return try set(
                Fields.Task.details, of: task, Schema.task,
                to: edited(task, Fields.Task.details, &seed))
        default:
            return try set(
                Fields.Task.title, of: task, Schema.task, to: longText(in: task.scope, &seed))
        }
    }

    func commentTask(_ seed: inout Seed) throws -> Bool {
        guard let task = try any(Schema.task, &seed) else { return false }
        return try create(
            Schema.taskFeedback, in: task.scope,
            [
                Fields.TaskFeedback.task: .reference(task.id),
                Fields.TaskFeedback.comment: longText(in: task.scope, &seed),
            ])
    }

    func writeEntry(_ seed: inout Seed) throws -> Bool {
        let scope = Scope.own(member)
        return try create(
            Schema.journalEntry, in: scope,
            [
                Fields.JournalEntry.body: text(in: scope, &seed),
                Fields.JournalEntry.date: .text("2026-11-21"),
            ], elements: [Fields.JournalEntry.tags: [.text("tag\(seed.below(5))")]])
    }

    func editEntry(_ seed: inout Seed) throws -> Bool {
        guard let entry = try any(Schema.journalEntry, &seed) else { return false }
        return try set(
            Fields.JournalEntry.body, of: entry, Schema.journalEntry,
            to: edited(entry, Fields.JournalEntry.body, &seed))
    }

    /// What somebody makes of a text: adds a word at either end, replaces one, or writes it anew.
    private func edited(_ record: StoredRecord, _ field: FieldID, _ seed: inout Seed) -> Value {
        let word = text(in: record.scope, &seed).text ?? ""
        var words = (record.text(field) ?? "").split(separator: " ").map(String.init)
        switch words.isEmpty || words.count > 8 ? 3 : seed.below(4) {
        case 0: words.append(word)
        case 1: words.insert(word, at: 0)
        case 2: words[seed.below(words.count)] = word
        default: words = [word]
        }
        return .text(words.joined(separator: " "))
    }

    func tagEntry(_ seed: inout Seed) throws -> Bool {
        guard let entry = try any(Schema.journalEntry, &seed) else { return false }
        let tags = entry.list(Fields.JournalEntry.tags)
        let isAdding = tags.isEmpty || seed.oneIn(2)
        let tag = isAdding ? Value.text("tag\(seed.below(5))") : seed.pick(tags)
        try replica.act("tag", at: now) { action in
            if isAdding {
                action.add(
                    tag, to: Fields.JournalEntry.tags, of: entry.id, Schema.journalEntry,
                    in: entry.scope)
            } else {
                action.remove(
                    tag, from: Fields.JournalEntry.tags, of: entry.id, Schema.journalEntry,
                    in: entry.scope)
            }
        }
        return true
    }

    /// Shares a private entry, or takes a shared one back.
    func shareEntry(_ seed: inout Seed) throws -> Bool {
        guard let entry = try any(Schema.journalEntry, &seed) else { return false }
        let own = Scope.own(member)
        let shared = Scope.participant(member)
        guard entry.scope == own || entry.scope == shared else { return false }
        let target = entry.scope == own ? shared : own
        simulation.canaries.share(
            entry.values.values.compactMap { if case .text(let text) = $0 { text } else { nil } },
            into: target)
        try replica.act("share", at: now) { action in
            try action.move(entry.id, Schema.journalEntry, from: entry.scope, to: target)
        }
        return true
    }

    /// Many entries in one action, some of them so many that they are sealed at once.
    func importEntries(_ seed: inout Seed) throws -> Bool {
        let scope = Scope.own(member)
        let count = 2 + seed.below(seed.oneIn(4) ? 120 : 10)
        try replica.act("import", at: now) { action in
            for _ in 0..<count {
                let filler = seed.bytes(300).map { String($0, radix: 16) }.joined()
                let text = text(in: scope, &seed).text ?? ""
                _ = try action.create(
                    Schema.journalEntry, in: scope,
                    values: [
                        Fields.JournalEntry.body: .text("\(text) \(filler)"),
                        Fields.JournalEntry.date: .text("1666-09-02"),
                    ])
                try action.endSet()
            }
        }
        return true
    }

    func setProfile(_ seed: inout Seed) throws -> Bool {
        let field = seed.oneIn(2) ? Fields.Profile.bio : Fields.Profile.location
        let value = longText(in: .programme, &seed)
        try replica.act("profile set", at: now) { [member] action in
            try action.set(field, of: member.recordID, Schema.profile, in: .programme, to: value)
        }
        return true
    }

    func setContact(_ seed: inout Seed) throws -> Bool {
        let scope = Scope.contact(of: member)
        let value = longText(in: scope, &seed)
        try replica.act("profile set", at: now) { [member] action in
            try action.set(
                Fields.Contact.phone, of: member.recordID, Schema.contact, in: scope, to: value)
        }
        return true
    }
}
