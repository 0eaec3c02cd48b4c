import Cryptography
import Foundation
import GRDB
import Model
import Wire

@testable import Replica

/// A person's laptop in the simulation: its disk, its clock, the replica that is open on it, and
/// what the simulation remembers of it beside its files.
final class LaptopMachine: VersionedMachine {
    let index: Int
    let name: String
    let home: String
    let disk: Disk
    var clock = LaptopClock.right
    /// The replica; nil while nobody runs a program on the laptop.
    var replica: Replica?
    let member: MemberID
    /// Changes when a restored laptop gets a new key.
    var device: DeviceID { didSet { devices.insert(device) } }
    /// All that it ever was, also before it was copied from another.
    var devices: Set<DeviceID> = []
    /// Whether it was restored or copied, and so may have to go on as another device.
    var isForked = false
    /// An old copy of its files.
    var backup: String?
    var role: Role
    /// The sync that is under way.
    var exchange: Exchange?
    var exchangeCount = 0
    /// What the last sync that came to its end did.
    var lastReport: SyncReport?
    /// What was said to be saved here.
    var work = WorkTally()
    /// What of it has left the laptop with its scope.
    var departed: Set<WorkTally.Place> = []
    var lastPosition = Position.start
    /// Whether the hub takes nothing from it any more.
    var isBarred = false

    /// Whether its programs are of the version after this one.
    var hasLaterVersion = false

    /// A sync under way.
    struct Exchange {
        let number: Int
        var session = SyncSession()
        var report = SyncReport()
        var request: Replica.PreparedSync?
        var rekeying: Replica.PreparedRekeying?
        /// What it waits for an answer to.
        var action = SyncSession.Action.finish
        /// Whether it shows its certificate, because the hub does not know it any more.
        var showsCertificate = false
    }

    init(index: Int, name: String, home: String, disk: Disk, replica: Replica, role: Role) {
        self.index = index
        self.name = name
        self.home = home
        self.disk = disk
        self.replica = replica
        self.role = role
        member = replica.identity.member
        device = replica.identity.device
        devices = [device]
    }

    /// Whether its invitation ran out before the hub heard of it.
    var isStranded = false

    var isRedeemed: Bool { (try? opened().identity.isRedeemed) ?? false }

    /// Closes the replica as the end of its process would.
    func close() {
        exchange = nil
        // A dead disk refuses what closing would write.
        try? replica?.writer.close()
        replica = nil
    }

    /// The replica, opened if it is not, or was while its disk took no writing.
    func opened() throws -> Replica {
        if let replica, replica.readingReason == nil { return replica }
        let opened = try running { try Replica.open(at: home) }
        replica = opened
        // A new key may have become durable although the disk failed before the program could say so.
        device = opened.identity.device
        return opened
    }

    /// All files of the laptop with their bytes.
    func files() throws -> [(name: String, bytes: Data)] {
        let files = FileManager.default
        let freight = (try? files.contentsOfDirectory(atPath: home + "/freight")) ?? []
        let names =
            try files.contentsOfDirectory(atPath: home) + freight.map { "freight/" + $0 }
        return names.sorted().compactMap { name in
            FileManager.default.contents(atPath: "\(home)/\(name)").map { (name, $0) }
        }
    }
}
