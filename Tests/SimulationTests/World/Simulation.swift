import Cryptography
import Foundation
import GRDB
import Model
import SimulatedWorld
import TestSupport
import Wire

@testable import Replica
@testable import SyncServer

/// A whole programme in one thread: a hub and some laptops on their real code over real files, with
/// clock, chance, network and disk in the simulation's hands. The same course gives the same run.
///
/// Nothing here waits or runs beside anything else: a sync is driven message by message through the
/// same state machine that the programs use, so another machine can act between any two of them.
final class Simulation {
    let course: Course
    let folder: String
    /// The time that nobody's clock is sure to show, in milliseconds since 1970.
    var time: Int64 = 1_800_000_000_000
    let hubMachine: HubMachine
    var laptops: [LaptopMachine] = []
    /// Letters under way.
    var post: [Letter] = []
    /// USB sticks that lie about.
    var sticks: [[UInt8]] = []
    var canaries = Canaries()
    /// Slots that were ever asked for on loan.
    var lentSlots: Set<RecordID> = []
    /// Records of which some laptop has been told that a change was refused.
    var refusedRecords: Set<RecordID> = []
    var verdicts = VerdictWitness()
    var promises = PromiseWitness()
    var knowledge = KnowledgeWitness()
    var tally = Tally()
    var trace: [String] = []
    private(set) var stepIndex = 0
    /// Whether misfortunes still happen.
    var isCalm = true
    var attacker: Attacker?
    /// The hub of another programme.
    var foreign: Hub?

    init(_ course: Course) throws {
        self.course = course
        simulated_chance_install()
        simulated_chance_begin(course.seed)
        folder = try Self.makeFolder()
        let hubFolder = HubFolder(folder + "/hub")
        hubMachine = try HubMachine(
            folder: hubFolder, disk: Disk(folder: hubFolder.path, seed: course.seed),
            pageBytesTarget: course.pageBytesTarget, seed: course.seed, at: time)
    }

    deinit {
        for laptop in laptops { laptop.close() }
        hubMachine.close()
        try? foreign?.close()
        simulated_chance_end()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// In memory where that is possible: what is durable is the simulation's to say, not the disk's.
    private static func makeFolder() throws -> String {
        let base =
            FileManager.default.isWritableFile(atPath: "/dev/shm")
            ? "/dev/shm/" : NSTemporaryDirectory()
        let number = folderCount.next()
        let folder =
            base + "waymark-simulation-\(ProcessInfo.processInfo.processIdentifier)-\(number)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    private static let folderCount = Counter()

    /// What the hub's clock shows.
    var hubNow: HubTime { hubMachine.time(at: time) }

    /// The hub, started anew if its process is down.
    func openedHub() throws -> Hub { try hubMachine.opened(at: time) }

    func has(_ hazard: Hazard) -> Bool { !isCalm && course.hazards.contains(hazard) }

    func pass(milliseconds: Int64) {
        time += milliseconds
        tally.deviceDays += Double(milliseconds) / 86_400_000 * Double(laptops.count)
    }

    func note(_ line: String) { trace.append(line) }

    // MARK: A run

    /// Draws anew for a part of the end: what was left out before changes nothing in it, and no other
    /// run, which may go on beside this one, has the same chance.
    func beginChance(ofPart part: UInt64) {
        var seed = Seed(course.seed &* 0xD134_2543_DE82_EF95 &+ part)
        simulated_chance_begin(seed.next())
    }

    /// Plays the whole course, then checks everything.
    ///
    /// - Throws: ``Violation``, or an error that nobody had a right to.
    func run() throws {
        tally.runs = 1
        try setUp()
        isCalm = false
        for (index, step) in course.steps.enumerated() {
            simulated_chance_begin(course.seed ^ step.chance)
            stepIndex = index
            tally.steps += 1
            note("\(index) \(step.kind.rawValue)")
            do {
                try perform(step)
                try lookAround()
            } catch let violation as Violation {
                throw violation
            } catch {
                throw Violation("unexpected error", "\(step.kind.rawValue): \(error)")
            }
        }
        stepIndex = course.steps.count
        beginChance(ofPart: 0)
        do {
            try calmDown()
            try checkEverything()
        } catch let violation as Violation {
            throw violation
        } catch {
            throw Violation("unexpected error", "at the end: \(error)")
        }
    }

    /// A programme with an admin, mentors and participants, all of whom have synced.
    private func setUp() throws {
        _ = try join("Ada", as: .admin)
        if course.hazards.contains(.demotions) { _ = try join("Eve", as: .admin) }
        for index in 0..<course.mentorCount { _ = try join("Mentor\(index)", as: .mentor) }
        for index in 0..<course.participantCount {
            _ = try join("Participant\(index)", as: .participant)
        }
        for index in 0..<course.secondLaptopCount {
            let first = laptops.filter { $0.role != .admin }[index]
            try syncWhole(first)
            _ = try joinAgain(first)
        }
        for laptop in laptops { try syncWhole(laptop) }
        for (index, participant) in laptops.filter({ $0.role == .participant }).enumerated() {
            try assign(mentors[index % mentors.count], participant)
        }
        for laptop in laptops { try syncWhole(laptop) }
        if course.hazards.contains(.laterVersions) { try beginWithLaterVersions() }
        if course.hazards.contains(.hostileDevices) { attacker = try Attacker(self) }
    }

    var mentors: [LaptopMachine] { laptops.filter { $0.role == .mentor } }
    var participants: [LaptopMachine] { laptops.filter { $0.role == .participant } }

    // MARK: Checks after each step

    /// What must be true at every moment.
    private func lookAround() throws {
        guard let hub = hubMachine.hub else { return }
        let hasNews = try hub.database.read { store in
            let head = try store.head()
            guard head != hubMachine.lastHead else { return false }
            guard head > hubMachine.lastHead else {
                throw Violation("order", "the hub's head went back to \(head)")
            }
            hubMachine.lastHead = head
            try store.tables.flush()
            try verdicts.look(at: store.database, of: "the hub")
            try knowledge.look(at: store.tables, of: "the hub", isHub: true)
            return true
        }
        if hasNews { try checkSeats(at: hub) }
    }

    /// No seat is oversold, and nobody is in two places.
    func checkSeats(at hub: Hub) throws {
        let problems =
            try hubMachine.wasSetBack
            ? hub.oversoldInOneEpoch(verdicts: verdicts) : hub.bookingProblems(lent: lentSlots)
        guard problems.isEmpty else { throw Violation("seats", "\(problems)") }
    }

    /// What must be true of a laptop whose tables may have changed.
    func look(at laptop: LaptopMachine) throws {
        guard let replica = laptop.replica else { return }
        try replica.writer.read { database in
            let store = StoreTransaction(database)
            let position = try store.meta.position()
            guard position >= laptop.lastPosition else {
                throw Violation("monotonic reads", "\(laptop.name) went back to \(position)")
            }
            laptop.lastPosition = position
            try verdicts.look(at: database, of: laptop.name)
            try knowledge.look(at: store, of: laptop.name)
        }
    }
}
