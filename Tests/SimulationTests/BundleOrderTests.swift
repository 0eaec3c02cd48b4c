import Cryptography
import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// In which order a bundle brings what depends on each other, and what it says of new devices.
@Suite(.timeLimit(.minutes(10))) struct BundleOrderTests {
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

    /// What this version cannot read was not judged by the permission that it would need.
    @Test func sectionThatCannotBeReadIsWithheldAsAWhole() {
        let held = HeldSection(withheld: [HeldSection.allOrdinals])
        #expect(held.withholds(0) && held.withholds(7))
        #expect(!HeldSection(withheld: [7]).withholds(0))
    }
}
