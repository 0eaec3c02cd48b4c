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

    /// That somebody counts again may stand behind what they wrote: a second reading brings nothing.
    @Test func workOfSomebodyWhoIsReinstatedInTheSameBundleIsShown() async throws {
        let (programme, mia, pia) = (people.programme, people.mia, people.pia)
        let (ada, bea) = (
            try programme.join("Ada", as: .admin), try programme.join("Bea", as: .admin)
        )
        for laptop in [ada, bea, pia] { try await programme.sync(laptop) }
        for laptop in [ada, bea] { try await programme.sync(laptop) }
        try programme.hub.suspend(pia.member, now: programme.hubTime)
        try await programme.sync(mia)
        try people.add("Written meanwhile", on: pia)
        try await people.read(people.bundle(of: pia, for: ada), on: ada)
        try programme.hub.reinstate(pia.member, now: programme.hubTime)
        try await programme.sync(bea)
        // Ada has not heard of either by the hub: what Bea brings comes behind what Pia wrote.
        try await people.read(people.bundle(of: bea, for: ada), on: ada)
        let stick = try people.bundle(of: ada, for: mia)
        #expect(try await people.read(stick, on: mia).leftOut == 0)
        #expect(try people.titles(on: mia) == ["Written meanwhile"])
        #expect(try await people.read(stick, on: mia).changes == 0)
        for laptop in [pia, mia, ada, bea] { try await programme.sync(laptop) }
        try people.expectSame(pia, mia, ada, bea)
    }
}
