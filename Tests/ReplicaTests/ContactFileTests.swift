import Foundation
import Model
import Testing

@testable import Replica

@Suite final class ContactFileTests {
    private let home: String

    init() throws {
        home = FileManager.default.temporaryDirectory.path + "/contact-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: home) }

    private let contact = HubContact(
        lastSyncAt: HubTime(milliseconds: 1_800_000_000_000), clockOffsetMs: -5, bootID: "a")

    @Test func whatIsWrittenIsReadBack() {
        ContactFile.write(contact, in: home)
        #expect(ContactFile.read(in: home) == contact)
    }

    @Test(arguments: ["", "{", "{}", "[1]", #"{"lastSyncAt":"x"}"#])
    func aDamagedFileIsTheSameAsNone(text: String) throws {
        #expect(ContactFile.read(in: home) == nil)
        try Data(text.utf8).write(to: URL(fileURLWithPath: ContactFile.path(in: home)))
        #expect(ContactFile.read(in: home) == nil)
    }

    @Test func aFolderThatCannotBeWrittenIsNoFailure() {
        ContactFile.write(contact, in: home + "/missing")
        #expect(ContactFile.read(in: home + "/missing") == nil)
    }

    @Test func offsetsCountInTheirBootAndFromTwoMinutesOn() {
        #expect(contact.clockOffsetMs(inBoot: "a") == -5)
        #expect(contact.clockOffsetMs(inBoot: "b") == nil)
        #expect(!HubContact.isNoteworthy(offsetMs: 120_000))
        #expect(HubContact.isNoteworthy(offsetMs: 120_001))
        #expect(HubContact.isNoteworthy(offsetMs: .min))
    }
}
