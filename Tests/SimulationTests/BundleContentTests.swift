import Cryptography
import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// What a bundle brings: in which order, with which keys, and what of it is shown.
@Suite(.timeLimit(.minutes(10))) struct BundleContentTests {
    private let people: BundleProgramme
    /// Pia's second laptop.
    private let reader: Programme.Laptop

    init() async throws {
        people = try await BundleProgramme()
        reader = try people.programme.joinAgain(people.pia)
        for laptop in [reader, people.mia, people.pia] { try await people.programme.sync(laptop) }
    }

    /// Whichever of the devices has the smaller id.
    @Test(arguments: [true, false])
    func editStandsBehindWhatItIsOn(isOfTheSecond: Bool) async throws {
        let (mia, pia) = (people.mia, people.pia)
        let (author, editor) = isOfTheSecond ? (pia, reader) : (reader, pia)
        let task = try people.add("first", on: author)
        try await people.read(people.bundle(of: author, for: pia), on: editor)
        try people.edit(task, "edited", on: editor)
        try await people.read(people.bundle(of: editor, for: mia), on: mia)
        #expect(try people.titles(on: mia) == ["edited"])
        try people.expectSound(mia)
        for laptop in [editor, author, mia, editor] { try await people.programme.sync(laptop) }
        try people.expectSame(author, editor, mia)
    }

    /// A laptop that has written nothing yet.
    @Test func keyOfANewDeviceComesWithIt() async throws {
        let (programme, mia, cora) = (people.programme, people.mia, people.cora)
        let third = try programme.joinAgain(people.pia, named: "Pia3")
        for laptop in [third, cora] { try await programme.sync(laptop) }
        try await people.read(people.bundle(of: cora, for: mia), on: mia)
        let device = third.replica.identity.device
        let key = try await mia.replica.writer.read { try StoreTransaction($0).key(of: device) }
        #expect(key == third.replica.credentials.key.publicKey)
    }

    /// One part of a batch is back at a hub that was set back; somebody may bring the other one.
    @Test func whatTheHubHadDecidedStaysWhileItRecovers() async throws {
        let (programme, mia, pia, cora) = (people.programme, people.mia, people.pia, people.cora)
        let backup = try programme.backup()
        try people.add("decided", on: pia)
        try pia.replica.act("profile set", at: programme.now(pia)) { action in
            try action.set(
                Fields.Profile.location, of: pia.member.recordID, Schema.profile, in: .programme,
                to: .text("Here"))
        }
        for laptop in [pia, cora] { try await programme.sync(laptop) }
        try await people.read(people.bundle(of: pia, for: mia), on: mia)
        try programme.restore(backup)
        try await programme.sync(cora)
        try await programme.sync(mia)
        let place = try mia.replica.read {
            try $0.record(pia.member.recordID, of: Schema.profile)?.text(Fields.Profile.location)
        }
        #expect(place == "Here")
        #expect(try people.titles(on: mia) == ["decided"])
        try people.expectSound(mia)
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.sync(mia)
        #expect(try people.titles(on: mia).isEmpty)
        try people.expectSame(mia, cora)
    }

    /// It can be edited knowingly, whatever stands before it that only a later version knows.
    @Test func whatStandsBehindWhatIsNotKnownIsSeen() async throws {
        let (programme, mia, pia) = (people.programme, people.mia, people.pia)
        let first = try people.add("first", on: pia)
        for laptop in [pia, mia] { try await programme.sync(laptop) }
        try LaterSchema.$current.withValue(LaterVersion.schema) {
            try pia.replica.act("later", at: programme.now(pia)) { action in
                try action.set(
                    LaterVersion.taskPlace.id, of: first, Schema.task,
                    in: .participant(pia.member), to: .text("There"))
            }
        }
        let second = try people.add("second", on: pia)
        try await people.read(people.bundle(of: pia, for: mia), on: mia)
        try people.edit(second, "Mia's", on: mia)
        #expect(try people.titles(on: mia) == ["Mia's", "first"])
        for laptop in [pia, mia, pia] {
            try await programme.sync(laptop, over: .init(hubSchema: LaterVersion.schema))
        }
        #expect(try people.titles(on: pia) == ["Mia's", "first"])
        #expect(try people.conflicts(on: pia) == 0)
        try people.expectSound(mia, pia)
    }

    /// Nor does what the hub has refused stand between.
    @Test func whatStandsBehindWhatWasRefusedIsSeen() async throws {
        let (programme, mia, pia) = (people.programme, people.mia, people.pia)
        let scope = Scope.participant(pia.member)
        func set(
            _ field: FieldID, _ value: Int64, of task: RecordID, on laptop: Programme.Laptop
        ) throws {
            try laptop.replica.act("task set", at: programme.now(laptop)) { action in
                try action.set(field, of: task, Schema.task, in: scope, to: .integer(value))
            }
        }
        let first = try people.add("first", on: mia)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try set(Fields.Task.review, 1, of: first, on: mia)
        try await programme.sync(mia)
        try set(Fields.Task.status, TaskStatus.done.rawValue, of: first, on: pia)
        let second = try people.add("second", on: pia)
        #expect(try await programme.sync(pia).rejected.count == 1)
        try await people.read(people.bundle(of: pia, for: mia), on: mia)
        try people.edit(second, "Mia's", on: mia)
        #expect(try people.titles(on: mia) == ["Mia's", "first"])
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        #expect(try people.titles(on: pia) == ["Mia's", "first"])
        #expect(try people.conflicts(on: pia) == 0)
        try people.expectSame(mia, pia)
    }

    /// It was not judged, so it must not be shown by a version that can read it either.
    @Test func sectionThatCannotBeReadIsWithheldAsAWhole() throws {
        let (mia, pia) = (people.mia, people.pia)
        let batch = try unreadableBatch()
        try mia.replica.write { store, credentials in
            var application = try CarriedApplication(store, credentials.identity)
            try application.apply(CarriedBatch(batch: batch, admission: nil))
            let header = try batch.header()
            let logged = try #require(
                try store.batch(device: header.device, sequence: header.sequence))
            let section = try #require(try store.sections(of: logged).first)
            let held = try #require(try store.heldSection(section.key))
            #expect(held.withholds(0) && held.withholds(7))
        }
        #expect(!HeldSection(withheld: [7]).withholds(0))
        try people.expectSound(mia, pia)
    }

    /// A batch of Pia's whose section says what it holds and cannot be decoded.
    private func unreadableBatch() throws -> SealedBatch {
        let pia = people.pia.replica
        try people.add("title", on: people.pia)
        return try pia.write { store, credentials in
            try store.sealPending(credentials)
            let device = credentials.identity.device
            let last = try #require(try store.lastBatch(of: device))
            let bytes = try #require(try store.sections(of: last).first).content.bytes
            let spoilt = try #require(Self.unreadable(bytes))
            let header = try last.header()
            return SealedBatch.seal(
                programme: header.programme, sequence: header.sequence,
                previous: header.previous, context: header.context,
                schemaVersion: header.schemaVersion, sections: [spoilt], key: credentials.key)
        }
    }

    /// The section with the first byte inverted that leaves its head readable and the rest not.
    private static func unreadable(_ bytes: [UInt8]) -> SectionBytes? {
        for index in bytes.indices {
            var spoilt = bytes
            spoilt[index] ^= 0xFF
            let section = SectionBytes(spoilt)
            let scope = (try? section.outline())?.scope
            if scope != nil, scope == (try? SectionBytes(bytes).outline())?.scope,
                (try? section.open()) == nil
            {
                return section
            }
        }
        return nil
    }

    /// Of a laptop of which no key is known nothing can be written for it.
    @Test func nothingIsWrittenForWhomNoKeyIsKnown() async throws {
        let (mia, cora) = (people.mia, people.cora)
        let device = cora.replica.identity.device.column
        try await mia.replica.writer.write { database in
            try database.execute(
                sql: "DELETE FROM deviceKey WHERE device = ?", arguments: [device])
        }
        #expect {
            _ = try people.bundle(of: mia, for: cora)
        } throws: { error in
            (error as? ReplicaError)?.reason == .noReader
        }
    }
}
