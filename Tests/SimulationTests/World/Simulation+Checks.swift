import Cryptography
import Foundation
import GRDB
import Model
import SimulatedWorld
import TestSupport
import Wire

@testable import Replica
@testable import SyncServer

/// What is checked of machines after an end, after a sync, and when all is over.
extension Simulation {
    // MARK: After an end

    /// What was said to be saved is there: as work of the replica's own, at the hub, or as a
    /// rejected item.
    func checkSaved(on laptop: LaptopMachine, _ replica: Replica) throws {
        let held = try replica.ownWork()
        // What an interrupted command wrote counts from now on, too.
        _ = try laptop.work.note(held)
        var missing = Set(laptop.work.saved.keys).subtracting(held.map(\.place))
        guard !missing.isEmpty else { return }
        if hubMachine.wasSetBack {
            // What left with its scope was the hub's alone, and nobody may have had it but the hub: a
            // mentor's last task for somebody, say, sent together with the end of the mentorship. The
            // scope may come back without it.
            let level = try replica.levelScopes()
            missing = missing.filter { level.contains($0.scope) }
            missing.subtract(laptop.departed)
        }
        var found = try changesAtHub(by: laptop.devices)
        if hubMachine.wasSetBack, !isCalm || laptop.isBarred || laptop.isStranded {
            // Under a former key, too, it is still to be given back.
            for device in laptop.devices {
                try found.merge(
                    replica.writer.read { try Self.changes(by: device, in: $0) },
                    uniquingKeysWith: +)
            }
        }
        let rejected = Set(
            try replica.writer.read { try StoreTransaction($0).rejectedItems() }
                .flatMap(\.changes))
        for place in missing.sorted() {
            guard let change = laptop.work.saved[place] else { continue }
            if let there = found[place], there.contains(where: { $0.isSame(orErasedOf: change) }) {
                continue
            }
            guard
                try rejected.contains(where: { $0.keeps(change) })
                    || isWrittenAnew(change, of: place, on: laptop, replica, held, rejected)
            else {
                throw Violation(
                    "saved work", "\(laptop.name) lost change \(place.number) in \(place.scope)")
            }
        }
    }

    /// All changes of a device that are in the hub's log, refused ones included. Of two copies of a
    /// laptop that both wrote on, there may be some of each under the same numbers: a hub that was set
    /// back got them by several roads.
    private func changesAtHub(
        by devices: Set<DeviceID>
    ) throws -> [WorkTally.Place: [Change]] {
        try devices.reduce(into: [:]) { changes, device in
            try changes.merge(changesAtHub(by: device), uniquingKeysWith: +)
        }
    }

    /// Whether what a laptop saved under a key that it gave up is there under another one. Records
    /// get new ids then, so it is the texts that are looked for.
    private func isWrittenAnew(
        _ change: Change, of place: WorkTally.Place, on laptop: LaptopMachine,
        _ replica: Replica, _ held: [(place: WorkTally.Place, change: Change)],
        _ rejected: Set<Change>
    ) throws -> Bool {
        guard laptop.isForked, place.device != laptop.device else { return false }
        guard let text = change.writtenText else { return true }
        // Its words may have been erased since.
        let atHub = try changesAtHub(by: laptop.devices).values.flatMap(\.self)
        func isSameErased(_ other: Change) -> Bool {
            other.operation == .erased && other.entity == change.entity
                && other.field == change.field
        }
        if atHub.contains(where: isSameErased) || rejected.contains(where: isSameErased) {
            return true
        }
        if held.contains(where: { $0.change.writtenText == text }) { return true }
        if try replica.textsElsewhere().contains(where: { $0.contains(text) }) { return true }
        return atHub.contains { $0.writtenText == text }
    }

    private func changesAtHub(by device: DeviceID) throws -> [WorkTally.Place: [Change]] {
        try openedHub().database.read { store in
            var changes = try Self.changes(by: device, in: store.database)
            // What waits for a later version.
            for section in try store.parkedSections(of: device) {
                Self.add(section, by: device, to: &changes)
            }
            return changes
        }
    }

    /// All changes of a device that are in a log.
    private static func changes(
        by device: DeviceID, in database: Database
    ) throws -> [WorkTally.Place: [Change]] {
        var changes: [WorkTally.Place: [Change]] = [:]
        let sections = try Data.fetchAll(
            database, sql: "SELECT bytes FROM section WHERE device = ?",
            arguments: [device.column])
        for bytes in sections {
            guard let section = try? SectionBytes([UInt8](bytes)).open() else { continue }
            add(section, by: device, to: &changes)
        }
        return changes
    }

    private static func add(
        _ section: Section, by device: DeviceID, to changes: inout [WorkTally.Place: [Change]]
    ) {
        for (index, change) in section.changeSets.flatMap(\.changes).enumerated() {
            let place = WorkTally.Place(
                device: device, scope: section.scope,
                number: section.firstNumber + UInt64(index))
            changes[place, default: []].append(change)
        }
    }

    /// What the hub acknowledged is there, where it said.
    func checkAcknowledged(by hub: Hub) throws {
        try hub.database.read { store in
            guard try store.head() >= hubMachine.lastHead else {
                throw Violation("acknowledged", "the hub's head went back")
            }
            for (id, position) in hubMachine.acknowledged.sorted(by: { $0.value < $1.value }) {
                guard try store.tables.batch(id: id)?.position == position else {
                    throw Violation("acknowledged", "a batch is not at \(position)")
                }
            }
        }
    }

    // MARK: After a sync

    /// What is true of a laptop that has come to the end of a sync.
    func checkLevel(_ laptop: LaptopMachine, _ replica: Replica) throws {
        let hub = try openedHub()
        let head = try hub.database.read { try $0.head() }
        let position = try replica.writer.read { try Meta($0).position() }
        guard position == head else { return }
        let readership = try NaiveReadership(hub)
        let readable = readership.scopes(of: laptop.member)
        let remembered = readership.withWhatWasLost(hubMachine.lostReaderships)
        let foreign = try replica.foreignSectionScopes()
            .filter { !remembered.mayRead($0, laptop.member) }
        guard foreign.isEmpty else {
            throw Violation("foreign sections", "\(laptop.name) holds \(foreign)")
        }
        // Whoever is at the hub's last place has everything up to there, whole or not at all.
        let sums = try Standing.sums(of: replica)
        guard try sums == Standing.sums(of: hub).filter({ readable.contains($0.key) }) else {
            throw Violation("level", "\(laptop.name) has other scopes than it should")
        }
        try Self.checkWaiting(replica, of: laptop.name)
        // What a purge leaves is looked for at once, and what somebody was given and should not have
        // been is there at the end, too: so not every sync needs a look at every byte.
        let hasDeparted = laptop.lastReport.map { !$0.departedScopes.isEmpty } ?? true
        guard hasDeparted || time % Self.thoroughChecksEvery == 0 else { return }
        try promises.look(at: replica)
        try checkBytes(of: laptop, replica, remembered, hub)
    }

    /// One in so many syncs that bring nothing to purge is looked at thoroughly.
    private static let thoroughChecksEvery: Int64 = 6

    /// No file of the laptop holds a word or a section of a scope that its member may not read, nor
    /// a word that was erased.
    private func checkBytes(
        of laptop: LaptopMachine, _ replica: Replica, _ readership: NaiveReadership, _ hub: Hub
    ) throws {
        func mayRead(_ scope: Scope) -> Bool { readership.mayRead(scope, laptop.member) }
        // What an undo put back is the member's own if they wrote it, be it at another laptop.
        let own = Set(laptops.filter { $0.member == laptop.member }.flatMap(\.devices))
        let putBack = words(in: try replica.read { try $0.rejectedItems() }.flatMap(\.changes))
            .filter { canaries.isWritten($0, by: own) }
        var needles = canaries.forbidden(for: laptop.devices, where: mayRead)
            .filter { !putBack.contains($0) }
        needles += try salts(hub, besides: laptop.devices) { !mayRead($0) }
        let erased = try erasedWords(at: hub)
        if !erased.isEmpty {
            needles += try erased.subtracting(wordsUnderWay(on: replica, isForked: laptop.isForked))
        }
        needles.sort { $0.lexicographicallyPrecedes($1) }
        for (name, bytes) in try laptop.files() {
            if let needle = Canaries.find(needles, in: bytes) {
                let word = String(decoding: needle, as: UTF8.self)
                throw Violation("canary", "\(laptop.name) has \(word) in \(name)")
            }
        }
    }

    /// First bytes of all sections of these scopes, but those of some devices.
    func salts(
        _ hub: Hub, besides devices: Set<DeviceID>, in isWanted: (Scope) -> Bool
    ) throws -> [[UInt8]] {
        try hub.database.read { store in
            try Row.fetchAll(
                store.database,
                sql: """
                    SELECT substr(section.bytes, 1, 16), scope.id, section.device FROM section
                    JOIN scope ON scope.key = section.scope
                    """
            ).compactMap { row in
                guard let scope = Scope(bytes: [UInt8](row[1] as Data)),
                    isWanted(scope), !devices.contains(DeviceID(column: row[2]))
                else { return nil }
                return [UInt8](row[0] as Data)
            }
        }
    }

    // MARK: At the end

    /// Ends all misfortune and lets everybody sync three times.
    func calmDown() throws {
        isCalm = true
        post = []
        hubMachine.disk.disarm()
        hubMachine.clockError = 0
        if hubMachine.disk.isDead { try endHub(byPowerCut: false) }
        for laptop in laptops {
            laptop.disk.disarm()
            if laptop.disk.isDead { try end(laptop, byPowerCut: false) }
        }
        // An older hub lets what is newer wait; older laptops may stay as they are.
        if laptops.contains(where: \.hasLaterVersion) { try getLaterVersionOfHub() }
        if hubMachine.wasSetBack {
            // Everybody gives back, then an admin ends the recovery.
            try syncAll(isComplete: false)
            try endRecovery()
        }
        for _ in 0..<3 { try syncAll() }
    }

    private func syncAll(isComplete: Bool = true) throws {
        for laptop in laptops where !laptop.isStranded {
            beginChance(ofPart: UInt64(trace.count))
            let wasStranded = laptop.isStranded
            do {
                try syncWhole(laptop)
            } catch let violation as Violation {
                let mayFail = !isComplete && violation.oracle == "progress"
                guard mayFail || laptop.isStranded && !wasStranded else { throw violation }
            }
        }
    }

    /// Checks every promise that can be checked when all is over.
    func checkEverything() throws {
        let hub = try openedHub()
        let standing = try hubMachine.running { try check(hub) }
        for laptop in laptops {
            try laptop.running { try check(laptop, hub, standing) }
        }
    }

    private func check(_ hub: Hub) throws -> Standing {
        let report = try hub.verify()
        if let fault = report.fault { throw Violation("hub verify", fault) }
        try checkAcknowledged(by: hub)
        try checkSeats(at: hub)
        if !hubMachine.wasSetBack {
            try hub.database.read { try VerdictWitness.checkOrder($0.database) }
            try LoanWitness.check(hub)
        }
        try hub.database.read {
            try checkClocks($0)
            try noteVerdicts($0.database)
        }
        let naive = try NaiveModel(hub)
        try naive.checkHeads(of: hub)
        try naive.checkTexts(of: hub)
        try naive.checkErasures()
        try checkOrderOfArrival(naive, hub)
        try checkErased(in: hub)
        let standing = try Standing.of(hub)
        try attacker?.checkNothingCameOfIt(hub, standing)
        return standing
    }

    /// However wrong the laptops' clocks were, nothing counts as made after the hub received it.
    private func checkClocks(_ store: HubStore) throws {
        let last = try store.hubMeta.integer(.lastTime) ?? 0
        for entity in Schema.entities {
            let latest = try Int64.fetchOne(
                store.database, sql: "SELECT max(updatedAt) FROM \"\(entity.name)\"")
            guard latest ?? 0 <= last else {
                throw Violation("wrong clocks", "a \(entity.name) is of the future")
            }
        }
    }

    /// The same changes in another order, all of them twice, give the same records.
    private func checkOrderOfArrival(_ naive: NaiveModel, _ hub: Hub) throws {
        var seed = Seed(course.seed)
        var deliveries: [(Scope, PlacedChange)] = naive.changes.flatMap { key, changes in
            changes.flatMap { [(key.scope, $0), (key.scope, $0)] }
        }
        deliveries.sort { ($0.0, $0.1.device, $0.1.number) < ($1.0, $1.1.device, $1.1.number) }
        for index in deliveries.indices.reversed() {
            deliveries.swapAt(index, seed.below(index + 1))
        }
        // What an erasure takes is everything before it.
        deliveries =
            deliveries.filter { $0.1.change.isErasure }
            + deliveries.filter { !$0.1.change.isErasure }
        let path = folder + "/shuffled.sqlite"
        let shuffled = try hub.stateHashes(afterDelivering: deliveries, into: path)
        for (scope, sums) in try Standing.of(hub).scopes where shuffled[scope] != sums.stateHash {
            throw Violation("order of arrival", "\(scope) depends on it")
        }
    }

    private func check(_ laptop: LaptopMachine, _ hub: Hub, _ hubStanding: Standing) throws {
        let replica = try laptop.opened()
        try checkSaved(on: laptop, replica)
        let account = try replica.account()
        // What a restored laptop wrote before counts in another way on the laptop and here.
        guard laptop.isForked || account.made == laptop.work.saved.count else {
            throw Violation(
                "account", "\(laptop.name) made \(laptop.work.saved.count): \(account)")
        }
        try checkRejections(laptop, replica, hub)
        let faults = try replica.examine().faults
        guard faults.isEmpty else { throw Violation("doctor", "\(laptop.name): \(faults)") }
        guard !laptop.isBarred, !laptop.isStranded else { return }
        let readership = try NaiveReadership(hub).withWhatWasLost(hubMachine.lostReaderships)
        try checkBytes(of: laptop, replica, readership, hub)
        guard account.waiting == 0 else {
            throw Violation("account", "\(laptop.name) waits: \(account)")
        }
        try promises.check(replica, of: laptop.name, against: hub)
        let lacking = try sectionsLacking(of: replica, at: hub)
        guard laptop.isForked || lacking.isEmpty else {
            throw Violation("acknowledged", "the hub lacks \(lacking) of \(laptop.name)")
        }
        let standing = try Standing.of(replica)
        let wanted = hubStanding.restricted(to: try hub.readableScopes(of: laptop.member))
        guard standing.scopes == wanted.scopes else {
            throw Violation("convergence", "\(laptop.name): other scopes")
        }
        // What only a bundle has brought is shown until the hub says something of it.
        if try replica.showsUndecidedWorkOfOthers() { return tally.note("work of a lost laptop") }
        guard standing.rows == wanted.rows else {
            let other = Set(standing.rows.keys).symmetricDifference(wanted.rows.keys)
            let differing = standing.rows.filter { wanted.rows[$0.key] ?? $0.value != $0.value }
            throw Violation(
                "convergence", "\(laptop.name): other rows \(other.sorted()) \(differing.keys)")
        }
        let isOfOneVersion = laptop.hasLaterVersion == hubMachine.hasLaterVersion
        guard standing.conflicts == wanted.conflicts,
            !isOfOneVersion || standing.laterConflicts == wanted.laterConflicts
        else {
            throw Violation("convergence", "\(laptop.name): other conflicts")
        }
    }

    /// What `status` counts as waiting for the hub is what `booking list` shows as such.
    private static func checkWaiting(_ replica: Replica, of name: String) throws {
        let (counted, shown) = try replica.read { reader in
            (
                try reader.waitingBookingCount(),
                try reader.bookingOutlooks().count { $0.isPending }
                    + reader.openRequests().count { $0.isPending }
            )
        }
        guard counted == shown else {
            throw Violation("status", "\(name) counts \(counted) that wait and shows \(shown)")
        }
    }
}
