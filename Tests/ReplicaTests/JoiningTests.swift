import Foundation
import GRDB
import Model
import Testing

@testable import Replica

/// What a join leaves that was ended somewhere in between.
@Suite struct JoiningTests {
    private let harness: ReplicaHarness

    init() throws { harness = try ReplicaHarness() }

    private let now = ClaimedTime(milliseconds: 2_000_000)

    private func name(in replica: Replica) throws -> String? {
        try replica.read { try $0.person($0.identity.member)?.name }
    }

    /// The file has its name, and the join goes no further.
    @Test func replicaHasItsMembersNameAsSoonAsItIsThere() throws {
        let home = harness.folder + "/Ben"
        // Without this file SQLite writes nothing.
        let obstacle = home + "/replica.sqlite-shm"
        try FileManager.default.createDirectory(
            atPath: obstacle, withIntermediateDirectories: true)
        _ = try? harness.join("Ben", as: .participant)
        try FileManager.default.removeItem(atPath: obstacle)
        #expect(try name(in: Replica.open(at: home)) == "Ben")
    }

    /// As earlier versions left it.
    @Test func memberWithoutANameIsIntroducedAfterAll() throws {
        let replica = try harness.join("Ben", as: .participant)
        try replica.writer.write { database in
            for table in ["profile", "contact", "pendingPart", "pendingSet"] {
                try database.execute(sql: "DELETE FROM \(table)")
            }
        }
        #expect(try name(in: replica) == nil)
        try replica.introduceAgain(as: nil, at: now)
        #expect(try name(in: replica) == nil)
        try replica.introduceAgain(as: "Ben", at: now)
        #expect(try name(in: replica) == "Ben")
        try replica.introduceAgain(as: "Benjamin", at: now)
        #expect(try name(in: replica) == "Benjamin")
    }

    @Test(arguments: [
        (false, true, 0, 0, HomeRemains.Content.unread, true),
        (false, true, 0, 1, .unread, false), (true, true, 0, 0, .unread, false),
        (false, true, 9, 0, .blank, true), (false, true, 9, 0, .written, false),
        (false, true, 9, 0, .unread, false), (true, true, 9, 0, .blank, false),
        (false, false, 0, 0, .unread, false),
    ])
    func beginningsAreToldFromWhatIsLeft(
        hasContact: Bool, holdsFile: Bool, fileBytes: Int, logBytes: Int,
        content: HomeRemains.Content, isUnfinished: Bool
    ) {
        let remains = HomeRemains(
            hasContact: hasContact, holdsFile: holdsFile, fileBytes: fileBytes,
            logBytes: logBytes, content: content)
        #expect(remains.isUnfinished == isUnfinished)
    }

    /// One that is removed keeps nobody out, and somebody else's stays.
    @Test func lockIsOneProgramsAtATime() throws {
        guard let first = try FolderLock.acquire(.joining, in: harness.folder) else {
            Issue.record("Nobody has it.")
            return
        }
        #expect(FolderLock.isHeld(.joining, in: harness.folder))
        #expect(!FolderLock.isHeld(.watching, in: harness.folder))
        let isTaken = try FolderLock.acquire(.joining, in: harness.folder) == nil
        #expect(isTaken)
        first.remove()
        #expect(!FolderLock.isHeld(.joining, in: harness.folder))
        guard let second = try FolderLock.acquire(.joining, in: harness.folder) else {
            Issue.record("It was given back.")
            return
        }
        #expect(FolderLock.isHeld(.joining, in: harness.folder))
        second.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: harness.folder).isEmpty)
    }
}
