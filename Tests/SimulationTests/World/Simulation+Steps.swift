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
        case .deed: try doSomething(on: laptop, &seed)
        case .sync: try sync(laptop, &seed)
        case .deliver: try deliverSomething(&seed)
        case .wait: pass(milliseconds: Int64(seed.below(6 * 3_600_000)))
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
            hubMachine.clockError = seed.oneIn(2) ? 0 : Int64(seed.below(48) - 24) * 3_600_000
            tally.note("hub clock jump")
        case .assign, .endMentorship, .suspend, .revoke, .join:
            try administer(step.kind, laptop, &seed)
            try noteWhoIsBarred()
        case .backUpLaptop: try backUp(laptop)
        case .restoreLaptop: try restore(laptop)
        case .cloneLaptop: try clone(laptop)
        case .writeBundle: try writeBundle(on: laptop, &seed)
        case .readBundle: try readBundle(on: laptop, &seed)
        case .handOver: try handOver(laptop)
        case .attack: try attacker?.attack(&seed)
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
                // The hub knows those whom it has let in.
                let mentor = seed.pick(mentors.filter(\.isRedeemed))
                let participant = seed.pick(participants.filter(\.isRedeemed))
                try hub.beginMentorship(
                    mentor: mentor.member, participant: participant.member, now: hubNow)
                tally.note("mentorship begun")
            case .endMentorship:
                if try hub.endMentorship(now: hubNow, choosing: { seed.pick($0) }) {
                    tally.note("mentorship ended")
                }
            case .suspend:
                // Somebody must be left to work.
                guard laptop.role != .admin, !laptop.isBarred,
                    laptops.count(where: { $0.role == laptop.role && !$0.isBarred }) > 2
                else { return }
                try hub.suspend(laptop.member, now: hubNow)
                tally.note("member suspended")
            case .revoke:
                let isCertified = try hub.devices().contains { $0.id == laptop.device }
                guard laptop.role != .admin, !laptop.isBarred, isCertified,
                    laptops.count(where: { $0.role == laptop.role && !$0.isBarred }) > 2
                else { return }
                try hub.revoke(laptop.device, isStolen: seed.oneIn(2), now: hubNow)
                tally.note("device revoked")
            default:
                guard laptops.count < Self.laptopsMax else { return }
                let role: Role = seed.oneIn(3) ? .mentor : .participant
                if seed.oneIn(2), !laptop.isBarred, laptop.isRedeemed {
                    _ = try joinAgain(laptop)
                } else {
                    _ = try join("Late\(laptops.count)", as: role)
                }
                tally.note("laptop joined")
            }
        }
    }

    /// Asks the hub whom it takes nothing from, because an order may have become durable although
    /// the hub's process ended before it could say so.
    private func noteWhoIsBarred() throws {
        let hub = try hubMachine.opened()
        let suspended = Set(try hub.members().filter { $0.state == .suspended }.map(\.id))
        let revoked = Set(try hub.devices().filter { $0.revocation != nil }.map(\.id))
        for laptop in laptops {
            laptop.isBarred = suspended.contains(laptop.member) || revoked.contains(laptop.device)
        }
    }

    // MARK: Deeds

    /// Somebody does something; what was said to be saved is remembered.
    private func doSomething(on laptop: LaptopMachine, _ seed: inout Seed) throws {
        try onLaptop(laptop) { replica in
            let now = laptop.clock.reading(at: time, &seed)
            let deed = Deed.draw(&seed)
            var isDone = false
            do {
                isDone = try perform(deed, on: laptop, replica, now, &seed)
            } catch let error as ReplicaError {
                switch error.reason {
                case .refused, .scopeUnavailable, .unknownRecord, .inConflict: break
                default: throw error
                }
            }
            guard !laptop.disk.isDead else { return }
            note("  \(laptop.name) \(deed.rawValue)\(isDone ? "" : ", which was not possible")")
            guard isDone else { return }
            tally.deeds += 1
            let new = try laptop.work.note(replica.ownWork())
            try checkOwnWrites(new, laptop, replica)
        }
    }

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
            try body(laptop.opened())
        } catch let violation as Violation {
            throw violation
        } catch {
            guard laptop.disk.faultCount > faultCount || laptop.disk.isDead else { throw error }
            note("  \(laptop.name): the disk failed")
            // SQLite reports a failed checkpoint after a commit as a failure, so what a command
            // could not vouch for may be there.
            if !laptop.disk.isDead, let replica = laptop.replica {
                laptop.disk.disarm()
                _ = try laptop.work.note(replica.ownWork())
            }
        }
        if laptop.disk.faultCount > faultCount { tally.note("disk fault on a laptop") }
        if laptop.disk.isDead {
            let isPowerCut = has(.laptopPowerCuts) && (!has(.laptopKills) || time % 2 == 0)
            try end(laptop, byPowerCut: isPowerCut)
        }
    }

    /// Runs something on the hub, likewise. Returns nil if its disk failed.
    @discardableResult
    func onHub<Result>(_ body: (Hub) throws -> Result) throws -> Result? {
        let faultCount = hubMachine.disk.faultCount
        var result: Result?
        do {
            result = try body(hubMachine.opened())
        } catch let violation as Violation {
            throw violation
        } catch {
            guard hubMachine.disk.faultCount > faultCount || hubMachine.disk.isDead else {
                throw error
            }
            note("  the hub's disk failed")
            result = nil
        }
        if hubMachine.disk.faultCount > faultCount { tally.note("disk fault on the hub") }
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
        try checkAcknowledged(by: hubMachine.opened())
    }
}
