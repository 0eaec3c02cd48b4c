import Foundation
import GRDB
import Model
import TestSupport

@testable import Replica
@testable import SyncServer

/// What each kind of step does.
extension Simulation {
    func perform(_ step: Step) throws {
        var seed = Seed(step.chance)
        pass(milliseconds: Int64(seed.below(120_000)))
        let laptop = seed.pick(laptops)
        switch step.kind {
        case .deed:
            let deed = try doSomething(on: laptop, &seed)
            if let deed, course.emphasis.isToldAtOnce(deed), !seed.oneIn(4) {
                try tell(of: laptop, &seed)
            }
        case .sync: try sync(laptop, &seed)
        case .deliver: try deliverSomething(&seed)
        case .wait:
            pass(milliseconds: Int64(seed.below(6 * 3_600_000)))
            try onHub { _ = try $0.expireHolds(now: hubNow) }
        case .waitLong:
            pass(milliseconds: Int64(1 + seed.below(180)) * 86_400_000)
            tally.note("months away")
        case .killLaptop: try end(laptop, byPowerCut: false)
        case .cutLaptopPower: try end(laptop, byPowerCut: true)
        case .killHub: try endHub(byPowerCut: false)
        case .cutHubPower: try endHub(byPowerCut: true)
        case .armLaptop:
            let faults = possibleFaults(
                kills: has(.laptopKills) || has(.laptopPowerCuts), fails: has(.laptopDiskFaults))
            guard !faults.isEmpty else { return }
            laptop.disk.arm(
                seed.pick(faults), after: seed.below(40), count: 1 + seed.below(3))
        case .armHub:
            let faults = possibleFaults(
                kills: has(.hubKills) || has(.hubPowerCuts), fails: has(.hubDiskFaults))
            guard !faults.isEmpty else { return }
            hubMachine.disk.arm(
                seed.pick(faults), after: seed.below(60), count: 1 + seed.below(3))
        case .setClock:
            laptop.clock = LaptopClock(wrongBy: &seed, at: time)
            tally.note("wrong clock")
        case .jumpHubClock:
            hubMachine.clockError = Self.clockError(&seed)
            tally.note("hub clock jump")
        case .assign, .suspend, .reinstate, .revoke, .join, .demote:
            try administer(step.kind, laptop, &seed)
            try noteWhoIsBarred()
        case .endMentorship:
            let mentor = try endSomeMentorship(&seed)
            try noteWhoIsBarred()
            let affected = laptops.filter { $0.member == mentor && !$0.isBarred }
            guard !affected.isEmpty else { return }
            let laptop = seed.pick(affected)
            // Who has not heard of it works on, on what others have as well.
            if seed.oneIn(2) { _ = try doSomething(on: laptop, &seed, among: Deed.ofTasks) }
            if course.emphasis == .handovers { try sync(laptop, &seed) }
        case .updateLaptop: try update(laptop)
        case .getLaterVersion:
            try seed.oneIn(5) ? getLaterVersionOfHub() : getLaterVersion(of: laptop)
        case .backUpLaptop: try backUp(laptop)
        case .restoreLaptop: try restore(laptop)
        case .cloneLaptop: try clone(laptop)
        case .backUpHub: try backUpHub()
        case .restoreHub: try restoreHub()
        case .putBackHub: try putBackHub()
        case .wipeHub: try wipeHub()
        case .endRecovery: try endRecovery()
        case .meetForeignHub: try meetForeignHub(laptop, &seed)
        case .writeBundle: try writeBundle(on: laptop, &seed)
        case .readBundle: try readBundle(on: laptop, &seed)
        case .handOver: try handOver(laptop)
        case .makeRound: try makeRound(of: laptop, &seed)
        case .attack: try attacker?.attack(&seed)
        }
    }

    /// How far a hub's clock is off: by hours, which it believes, or by months and years.
    private static func clockError(_ seed: inout Seed) -> Int64 {
        let hour: Int64 = 3_600_000
        return switch seed.below(4) {
        case 0: 0
        case 1: Int64(seed.below(48) - 24) * hour
        case 2: Int64(seed.below(200) - 100) * 24 * hour
        default: Int64(seed.below(60) - 30) * 365 * 24 * hour
        }
    }

    private func possibleFaults(kills: Bool, fails: Bool) -> [Disk.Fault] {
        Disk.Fault.allCases.filter { $0.kills ? kills : fails }
    }

    /// What the hub's admin does at its console.
    private func administer(
        _ kind: Step.Kind, _ laptop: LaptopMachine, _ seed: inout Seed
    ) throws {
        try onHub { hub in
            switch kind {
            case .assign:
                // The hub knows those whom it has let in, and by the role that it remembers: one that
                // was set back may have forgotten that somebody was demoted.
                let known = Dictionary(
                    try hub.members().map { ($0.id, $0.role) }, uniquingKeysWith: { $1 })
                let mentors = mentors.filter { known[$0.member] == .mentor }
                let participants = participants.filter { known[$0.member] == .participant }
                guard !mentors.isEmpty, !participants.isEmpty else { return }
                let mentor = seed.pick(mentors)
                let participant = seed.pick(participants)
                try hub.beginMentorship(
                    mentor: mentor.member, participant: participant.member, now: hubNow)
                tally.note("mentorship begun")
            case .suspend:
                // Somebody must be left to work.
                let isKnown = try hub.members().contains { $0.id == laptop.member }
                guard laptop.role != .admin, !laptop.isBarred, isKnown,
                    laptops.count(where: { $0.role == laptop.role && !$0.isBarred }) > 2
                else { return }
                try hub.suspend(laptop.member, now: hubNow)
                tally.note("member suspended")
            case .reinstate:
                let suspended = try hub.members().filter { $0.state == .suspended }.map(\.id)
                guard let member = suspended.min() else { return }
                try hub.reinstate(member, now: hubNow)
                tally.note("member reinstated")
            case .revoke:
                let isCertified = try hub.devices().contains { $0.id == laptop.device }
                guard laptop.role != .admin, !laptop.isBarred, isCertified,
                    laptops.count(where: { $0.role == laptop.role && !$0.isBarred }) > 2
                else { return }
                let isStolen = seed.oneIn(2)
                try hub.revoke(laptop.device, isStolen: isStolen, now: hubNow)
                tally.note(isStolen ? "device revoked as stolen" : "device retired")
            case .demote:
                // Somebody must be left to end things.
                let admins = try hub.database.read { try $0.admins() }
                guard admins.count > 1, let member = admins.max() else { return }
                try hub.setRole(.mentor, of: member, now: hubNow)
                for laptop in laptops where laptop.member == member { laptop.role = .mentor }
                tally.note("admin demoted")
            default:
                guard laptops.count < Self.laptopsMax else { return }
                let role: Role = seed.oneIn(3) ? .mentor : .participant
                let isKnown = try hub.members().contains { $0.id == laptop.member }
                if seed.oneIn(2), !laptop.isBarred, laptop.isRedeemed, isKnown {
                    _ = try joinAgain(laptop)
                } else {
                    _ = try join("Late\(laptops.count)", as: role)
                }
                tally.note("laptop joined")
            }
        }
    }

    /// Ends one of the mentorships. Returns whose it was, nil if there is none.
    private func endSomeMentorship(_ seed: inout Seed) throws -> MemberID? {
        var mentor: MemberID?
        try onHub { hub in
            let hasEnded = try hub.endMentorship(now: hubNow) { mentorships in
                let mentorship = seed.pick(mentorships)
                mentor = mentorship.1.mentor
                return mentorship
            }
            if hasEnded { tally.note("mentorship ended") }
        }
        return mentor
    }

    /// Asks the hub whom it takes nothing from, because an order may have become durable although
    /// the hub's process ended before it could say so.
    func noteWhoIsBarred() throws {
        let (suspended, revoked) = try barred()
        for laptop in laptops {
            laptop.isBarred = suspended.contains(laptop.member) || revoked.contains(laptop.device)
        }
    }

    /// Whom the hub takes nothing from.
    func barred() throws -> (members: Set<MemberID>, devices: Set<DeviceID>) {
        let hub = try openedHub()
        return (
            Set(try hub.members().filter { $0.state == .suspended }.map(\.id)),
            Set(try hub.devices().filter { $0.revocation != nil }.map(\.id))
        )
    }

    // MARK: Deeds

    /// Somebody does something; what was said to be saved is remembered.
    ///
    /// - Parameters:
    ///   - laptop: where.
    ///   - seed: draws what is left open.
    ///   - deeds: what may be done; nil for anything, as the course would have it.
    /// - Returns: What it was, nil if nothing was possible or the disk failed.
    /// - Throws: ``Violation``, or an error that nobody had a right to.
    private func doSomething(
        on laptop: LaptopMachine, _ seed: inout Seed, among deeds: [Deed]? = nil
    ) throws -> Deed? {
        var done: Deed?
        try onLaptop(laptop) { replica in
            let now = laptop.clock.reading(at: time, &seed)
            let waiting = Set(try replica.tailWork().map(\.place))
            guard let deed = try doAnything(on: laptop, replica, now, &seed, among: deeds),
                !laptop.disk.isDead
            else { return }
            note("  \(laptop.name) \(deed.rawValue)")
            tally.deeds += 1
            let new = try laptop.work.note(replica.ownWork())
            let onTail = try replica.tailWork().filter { !waiting.contains($0.place) }
            // Under a former key it is looked for by its words once it is written anew.
            _ = try laptop.work.note(onTail.filter { $0.place.device != laptop.device })
            try checkOwnWrites(new + onTail, laptop, replica)
            done = deed
        }
        return done
    }

    /// Somebody syncs, and after them a laptop of somebody on the other side.
    private func tell(of laptop: LaptopMachine, _ seed: inout Seed) throws {
        try sync(laptop, &seed)
        let others = laptops.filter { $0.role != laptop.role && $0.role != .admin }
        if !others.isEmpty { try sync(seed.pick(others), &seed) }
    }

    /// Tries one thing after another until one is possible. Returns which it was.
    private func doAnything(
        on laptop: LaptopMachine, _ replica: Replica, _ now: ClaimedTime, _ seed: inout Seed,
        among deeds: [Deed]?
    ) throws -> Deed? {
        for _ in 0..<Self.deedsTriedMax {
            let deed = deeds.map { seed.pick($0) } ?? Deed.draw(&seed, course.emphasis)
            do {
                if try perform(deed, on: laptop, replica, now, &seed) { return deed }
            } catch let error as ReplicaError {
                switch error.reason {
                case .refused, .scopeUnavailable, .unknownRecord, .inConflict, .setAside: break
                default: throw error
                }
            }
            guard !laptop.disk.isDead else { return nil }
        }
        return nil
    }

    private static let deedsTriedMax = 4

    /// Whoever has written reads what they wrote.
    private func checkOwnWrites(
        _ new: [(place: WorkTally.Place, change: Change)], _ laptop: LaptopMachine,
        _ replica: Replica
    ) throws {
        struct Cell: Hashable {
            let record: RecordID
            let scope: Scope
            let field: FieldID
        }
        var last: [Cell: (EntityID, Value)] = [:]
        for (place, change) in new {
            guard case .set(let value) = change.operation else { continue }
            let cell = Cell(record: change.record, scope: place.scope, field: change.field)
            last[cell] = (change.entity, value)
        }
        try replica.writer.read { database in
            let store = StoreTransaction(database)
            for (cell, (entity, value)) in last {
                let state = try store.state(
                    of: cell.record, entity: entity, in: store.scope(cell.scope))
                guard store.view(of: state).values[cell.field] ?? .null == value else {
                    throw Violation("read your writes", "\(laptop.name), entity \(entity.rawValue)")
                }
            }
        }
    }

    // MARK: Machines

    /// Runs something on a laptop. What its disk does to it is part of life; anything else is not.
    func onLaptop(_ laptop: LaptopMachine, _ body: (Replica) throws -> Void) throws {
        let faultCount = laptop.disk.faultCount
        do {
            try laptop.running { try body(laptop.opened()) }
        } catch let violation as Violation {
            throw violation
        } catch {
            guard laptop.disk.faultCount > faultCount || laptop.disk.isDead else {
                note("  \(laptop.name): \(error)")
                throw error
            }
            note("  \(laptop.name): the disk failed")
            // SQLite reports a failed checkpoint after a commit as a failure, so what a command
            // could not vouch for may be there.
            if !laptop.disk.isDead, let replica = laptop.replica {
                laptop.disk.disarm()
                _ = try laptop.work.note(replica.ownWork())
            }
        }
        if laptop.disk.faultCount > faultCount { tally.note("laptop's disk: \(laptop.disk.armed)") }
        if laptop.disk.isDead {
            let isPowerCut = has(.laptopPowerCuts) && (!has(.laptopKills) || time % 2 == 0)
            try end(laptop, byPowerCut: isPowerCut)
            // What a program that was killed while it wrote has left, and what was shown of it since,
            // is still there when the power goes next.
            if !isPowerCut, has(.laptopPowerCuts) { try end(laptop, byPowerCut: true) }
        }
    }

    /// Runs something on the hub, likewise. Returns nil if its disk failed.
    @discardableResult
    func onHub<Result>(_ body: (Hub) throws -> Result) throws -> Result? {
        let faultCount = hubMachine.disk.faultCount
        var result: Result?
        do {
            result = try hubMachine.running { try body(openedHub()) }
        } catch let violation as Violation {
            throw violation
        } catch {
            guard hubMachine.disk.faultCount > faultCount || hubMachine.disk.isDead else {
                throw error
            }
            note("  the hub's disk failed")
            result = nil
        }
        if hubMachine.disk.faultCount > faultCount {
            tally.note("hub's disk: \(hubMachine.disk.armed)")
        }
        if hubMachine.disk.isDead {
            result = nil
            let isPowerCut = has(.hubPowerCuts) && (!has(.hubKills) || time % 2 == 0)
            try endHub(byPowerCut: isPowerCut)
        }
        return result
    }

    // MARK: Ends

    /// Ends what runs on a laptop, and looks at what is left.
    func end(_ laptop: LaptopMachine, byPowerCut isPowerCut: Bool) throws {
        laptop.disk.kill()
        laptop.close()
        laptop.disk.restart(afterPowerCut: isPowerCut)
        tally.note(isPowerCut ? "laptop power cut" : "laptop killed")
        note("  \(laptop.name): \(isPowerCut ? "power cut" : "killed")")
        let replica = try laptop.opened()
        try look(at: laptop)
        try checkSaved(on: laptop, replica)
    }

    func endHub(byPowerCut isPowerCut: Bool) throws {
        hubMachine.disk.kill()
        hubMachine.close()
        hubMachine.disk.restart(afterPowerCut: isPowerCut)
        tally.note(isPowerCut ? "hub power cut" : "hub killed")
        note("  the hub: \(isPowerCut ? "power cut" : "killed")")
        try checkAcknowledged(by: openedHub())
        // What the disk had not taken for certain may be there after all.
        try noteWhoIsBarred()
    }
}
