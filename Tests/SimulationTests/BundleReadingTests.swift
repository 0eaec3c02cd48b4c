import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Who may read what a bundle brings.
@Suite(.timeLimit(.minutes(10))) struct BundleReadingTests {
    private let people: BundleProgramme

    init() async throws {
        people = try await BundleProgramme()
    }

    /// The hub may refuse it: whoever assigned them may be no admin any more.
    @Test func mentorshipOnWhichTheHubHasNotDecidedLetsNobodyRead() async throws {
        let (programme, mia, cora) = (people.programme, people.mia, people.cora)
        let ada = try programme.join("Ada", as: .admin)
        try mia.replica.act("profile set", at: programme.now(mia)) { action in
            try action.set(
                Fields.Contact.phone, of: mia.member.recordID, Schema.contact,
                in: .contact(of: mia.member), to: .text("0123"))
        }
        for laptop in [mia, ada] { try await programme.sync(laptop) }
        try ada.replica.act("mentorship begin", at: programme.now(ada)) { action in
            _ = try action.create(
                Schema.mentorship, in: .pair(mentor: mia.member, participant: cora.member),
                values: [
                    Fields.Mentorship.mentor: .member(mia.member),
                    Fields.Mentorship.participant: .member(cora.member),
                ])
        }
        func phone() throws -> String? {
            try cora.replica.read { try $0.record(mia.member.recordID, of: Schema.contact) }?
                .text(Fields.Contact.phone)
        }
        // Neither does the admin's laptop give it away, nor does anybody take it who is given it.
        let scopes = try await ada.replica.writer.read { database in
            try CarriedSelection(
                StoreTransaction(database), identity: ada.replica.identity, reader: cora.member
            ).make(devices: [cora.replica.identity.device]).entries
                .flatMap { try $0.batch.sections.map { try $0.outline().scope } }
        }
        #expect(!scopes.contains(.contact(of: mia.member)))
        try await people.read(people.bundle(of: ada, for: cora), on: cora)
        #expect(try cora.replica.read { try $0.records(of: Schema.mentorship) }.count == 1)
        try await people.read(people.bundle(of: mia, for: cora), on: cora)
        #expect(try phone() == nil)
        for laptop in [ada, cora] { try await programme.sync(laptop) }
        #expect(try phone() == "0123")
        try people.expectSound(cora)
    }
}
