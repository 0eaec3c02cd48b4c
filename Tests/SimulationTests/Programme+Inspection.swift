import Cryptography
import Foundation
import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

extension Programme {
    /// A programme with a mentor and a participant, who have synced and know nothing yet of the
    /// mentorship that has begun.
    static func ofPair() async throws -> (
        programme: Programme, mentor: Laptop, participant: Laptop
    ) {
        let programme = try Programme()
        let mentor = try programme.join("Mia", as: .mentor)
        let participant = try programme.join("Pia", as: .participant)
        for laptop in [mentor, participant] { try await programme.sync(laptop) }
        try programme.assign(mentor, participant)
        return (programme, mentor, participant)
    }

    /// The same with two participants, when all know of their mentorships.
    static func ofThree() async throws -> (
        programme: Programme, mentor: Laptop, participants: (Laptop, Laptop)
    ) {
        let programme = try Programme()
        let mentor = try programme.join("Mia", as: .mentor)
        let participants = (
            try programme.join("Pia", as: .participant),
            try programme.join("Paul", as: .participant)
        )
        for laptop in programme.laptops { try await programme.sync(laptop) }
        try programme.assign(mentor, participants.0)
        try programme.assign(mentor, participants.1)
        try await programme.syncAll(rounds: 1)
        return (programme, mentor, participants)
    }

    /// Lets a laptop send what it has and take one answer; another one may have to follow.
    func exchange(
        _ laptop: Laptop, _ report: inout SyncReport, challenge: [UInt8] = []
    ) throws -> SyncSession.Event {
        let request = try laptop.replica.syncRequest(challenge: challenge, now: now(laptop))
        let event = try laptop.replica.apply(
            hub.sync(request.bytes, now: hubTime), to: request, report: &report)
        guard case .challenged(let challenge) = event else { return event }
        return try exchange(laptop, &report, challenge: challenge)
    }

    /// Lets somebody change their profile so often that it takes several pages of 500 bytes.
    func writePages(by laptop: Laptop) async throws {
        for word in ["one", "two", "three"] {
            try laptop.replica.act("profile set", at: now(laptop)) { action in
                try action.set(
                    Fields.Profile.bio, of: laptop.member.recordID, Schema.profile, in: .programme,
                    to: .text(word))
            }
            try await sync(laptop)
        }
    }

    /// Gives somebody an open task.
    func addTask(
        _ title: String, by laptop: Laptop, for participant: Laptop
    ) throws -> RecordID {
        try laptop.replica.act("task add", at: now(laptop)) { action in
            try action.create(
                Schema.task, in: .participant(participant.member),
                values: [Fields.Task.title: .text(title), Fields.Task.status: .integer(1)])
        }
    }

    /// Writes an entry of somebody's own.
    @discardableResult
    func addSlot(
        inHours hours: Int64, isInstant: Bool = true, by mentor: Laptop
    ) throws -> RecordID {
        let start = (hubTime.milliseconds / 3_600_000 + hours) * 3_600_000
        return try mentor.replica.act("slot add", at: now(mentor)) { action in
            try action.create(
                Schema.slot, in: .slots(of: mentor.member),
                values: [
                    Fields.Slot.start: .integer(start), Fields.Slot.minutes: .integer(60),
                    Fields.Slot.capacity: .integer(1), Fields.Slot.instant: .boolean(isInstant),
                ])
        }
    }

    func writeEntry(_ text: String, by laptop: Laptop) throws {
        try laptop.replica.act("journal write", at: now(laptop)) { action in
            _ = try action.create(
                Schema.journalEntry, in: .own(laptop.member),
                values: [
                    Fields.JournalEntry.body: .text(text),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ])
        }
    }

    /// Erases a record for good, and deletes it where that is possible.
    func erase(
        _ record: RecordID, _ entity: Entity, in scope: Scope, by laptop: Laptop
    ) throws {
        try laptop.replica.act("erase", at: now(laptop), isUndoable: false) { action in
            if !entity.deleters.isEmpty { action.delete(record, entity, in: scope) }
            try action.erase(record, entity, in: scope)
        }
    }

    /// Files of a laptop in which a word stands, and sections that say it once they are opened.
    func traces(of word: String, on laptop: Laptop) throws -> [String] {
        try traces(of: word, in: laptop.replica.home, laptop.replica.writer)
    }

    func tracesOnTheHub(of word: String) throws -> [String] {
        try traces(of: word, in: hub.folder.path, DatabaseQueue(path: hub.folder.databasePath))
    }

    private func traces(
        of word: String, in folder: String, _ database: some DatabaseReader
    ) throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
            let data = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
            return data.range(of: Data(word.utf8)) != nil
        }
        let sections = try database.read { database in
            try StoreTransaction.LoggedSection.fetchAll(database)
        }
        let telling = try sections.filter {
            String(describing: try $0.content.open()).contains(word)
        }
        return names + telling.map { "section \($0.key) of \($0.device.text) \($0.sequence)" }
    }

    /// What the tasks on a laptop are called, in the order of the alphabet.
    func titles(on laptop: Laptop) throws -> [String] {
        try laptop.replica.read { reader in
            try reader.records(of: Schema.task).compactMap { $0.text(Fields.Task.title) }.sorted()
        }
    }

    /// Begins a mentorship, as an admin would.
    func assign(_ mentor: Laptop, _ participant: Laptop) throws {
        try hub.beginMentorship(
            mentor: mentor.member, participant: participant.member, now: hubTime)
    }

    /// Ends a mentorship, as the hub's admin would.
    func end(_ mentorship: StoredRecord) throws {
        try hub.endMentorship(mentorship.id, in: mentorship.scope, now: hubTime)
    }

    /// Ends all mentorships of the two, by the mentor's hand.
    func endMentorship(_ mentor: Laptop, _ participant: Laptop) throws {
        let mentorships = try mentor.replica.read {
            try $0.records(of: Schema.mentorship).filter {
                $0.reference(Fields.Mentorship.participant) == participant.member.recordID
                    && $0.reference(Fields.Mentorship.mentor) == mentor.member.recordID
            }
        }
        for mentorship in mentorships {
            try mentor.replica.act("mentorship end", at: now(mentor)) { action in
                try action.set(
                    Fields.Mentorship.ended, of: mentorship.id, Schema.mentorship,
                    in: mentorship.scope, to: .boolean(true))
            }
        }
    }

    func readableScopes(of member: MemberID) throws -> Set<Scope> {
        try hub.readableScopes(of: member)
    }

    /// The laptop's account. What was counted is kept for the next time, and is then to be what
    /// counting everything again gives.
    func account(of laptop: Laptop) throws -> Account {
        let account = try laptop.replica.account()
        try laptop.replica.keepCount()
        return account
    }

    func changesNumbered(by laptop: Laptop) throws -> Int {
        try laptop.replica.changesNumbered()
    }

    /// Expects the laptops to have what the hub has of their scopes, and nothing to be waiting.
    func expectSound(_ laptops: Laptop...) throws {
        let hub = try Standing.of(self.hub)
        for laptop in laptops {
            let wanted = hub.restricted(to: try readableScopes(of: laptop.member))
            let standing = try Standing.of(laptop)
            #expect(standing.scopes == wanted.scopes, "\(laptop.name)")
            #expect(standing.rows == wanted.rows, "\(laptop.name)")
            #expect(standing.conflicts == wanted.conflicts, "\(laptop.name)")
            #expect(try laptop.replica.examine().faults.isEmpty, "\(laptop.name)")
            let status = try laptop.replica.read { try $0.status() }
            #expect(status.unsentChanges == 0)
            #expect(status.account.waiting == 0)
        }
        #expect(try self.hub.verify().fault == nil)
    }
}

extension Programme.Laptop {
    /// Grows whenever the file is written anew, so that nothing is left in its gaps.
    func rewriteCount() throws -> Int {
        try replica.writer.read { try Int.fetchOne($0, sql: "PRAGMA schema_version") ?? 0 }
    }

    /// Makes the tables anew, and expects them to be as they were.
    func expectSameAnew() async throws {
        let before = try Standing.of(self)
        let device = replica.identity.device
        try await replica.writer.write { try StoreTransaction($0).rebuild(device: device) }
        let after = try Standing.of(self)
        #expect(after == before, "\(before.difference(from: after))")
        #expect(try replica.examine().faults == [])
    }
}

extension StoreTransaction.LoggedSection {
    fileprivate static func fetchAll(_ database: Database) throws -> [Self] {
        try Row.fetchAll(database, sql: selectSQL).map(Self.init)
    }
}
