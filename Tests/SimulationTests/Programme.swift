import Cryptography
import Foundation
import Model
import Replica
import Wire

@testable import SyncServer

/// A whole programme in one process: a hub and some laptops on their real code over real files,
/// with the clock and the network in the test's hands.
final class Programme {
    let folder: String
    private(set) var hub: Hub
    private(set) var laptops: [Laptop] = []
    /// The hub's clock.
    var hubTime = HubTime(milliseconds: 1_800_000_000_000)

    struct Laptop {
        let name: String
        let replica: Replica
        /// How far its clock is off.
        let clockErrorMilliseconds: Int64

        var member: MemberID { replica.identity.member }
    }

    /// How the hub cuts what it sends.
    struct Sizes {
        var pageBytesTarget = Limits.pageBytesTarget
        var snapshotLogBytesMin = Limits.snapshotLogBytesMin
        var snapshotPieceBytes = Limits.snapshotPieceBytesMax
    }

    init(_ sizes: Sizes = Sizes()) throws {
        folder = NSTemporaryDirectory() + "waymark-" + RandomBytes.generate(count: 8).hexadecimal
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        hub = try Hub.create(
            in: HubFolder(folder + "/hub"), name: "Simulated", url: "https://localhost:8470",
            isBehindProxy: true)
        try reopenHub(sizes)
    }

    /// Ends the hub's process and starts another one that cuts what it sends like this.
    func reopenHub(_ sizes: Sizes) throws {
        let folder = hub.folder
        try hub.close()
        hub = try Hub.open(
            folder, pageBytesTarget: sizes.pageBytesTarget,
            snapshotLogBytesMin: sizes.snapshotLogBytesMin,
            snapshotPieceBytes: sizes.snapshotPieceBytes)
    }

    /// Puts another hub in the place of this one, in a folder of its own.
    func replaceHub(_ make: (HubFolder) throws -> Void) throws {
        try? hub.close()
        let next = HubFolder(folder + "/hub-" + RandomBytes.generate(count: 4).hexadecimal)
        try make(next)
        hub = try Hub.open(next)
    }

    /// Lets the hub cut its answers after so many bytes.
    func cutPages(atBytes count: Int) throws {
        try hub.close()
        hub = try Hub.open(hub.folder, pageBytesTarget: count)
    }

    deinit {
        try? hub.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func now(_ laptop: Laptop) -> ClaimedTime {
        ClaimedTime(milliseconds: hubTime.milliseconds + laptop.clockErrorMilliseconds)
    }

    /// Lets time pass on all clocks.
    func pass(milliseconds: Int64) {
        hubTime = HubTime(milliseconds: hubTime.milliseconds + milliseconds)
    }

    /// Joins somebody by an invitation that the hub issues.
    func join(_ name: String, as role: Role, clockErrorMilliseconds: Int64 = 0) throws -> Laptop {
        let issued = try hub.invite(
            role, email: "\(name.lowercased())@example.org", name: nil,
            validMilliseconds: 86_400_000, now: hubTime)
        return try join(
            name, token: issued.text, folderName: name,
            clockErrorMilliseconds: clockErrorMilliseconds)
    }

    /// Joins a member's further laptop by an invitation that the hub issues.
    func joinAgain(
        _ laptop: Laptop, named folderName: String? = nil, clockErrorMilliseconds: Int64 = 0
    ) throws -> Laptop {
        let issued = try hub.inviteDevice(
            of: laptop.member, validMilliseconds: 86_400_000, now: hubTime)
        return try join(
            laptop.name, token: issued.text, folderName: folderName ?? laptop.name + "2",
            clockErrorMilliseconds: clockErrorMilliseconds)
    }

    func join(
        _ name: String, token: String, folderName: String, clockErrorMilliseconds: Int64 = 0
    ) throws -> Laptop {
        let (invitation, bearer) = try InvitationToken.read(token)
        let claimed = hubTime.milliseconds + clockErrorMilliseconds
        let replica = try Replica.create(
            at: "\(folder)/\(folderName)",
            joining: Replica.Joining(
                invitation: invitation, bearer: bearer, name: name, deviceName: "laptop",
                hubURL: invitation.hubURL),
            now: ClaimedTime(milliseconds: claimed))
        let laptop = Laptop(
            name: folderName, replica: replica, clockErrorMilliseconds: clockErrorMilliseconds)
        laptops.append(laptop)
        return laptop
    }

    /// Copies a laptop's disk as it is, as a backup does.
    func backUp(_ laptop: Laptop, to name: String) throws {
        try FileManager.default.copyItem(
            atPath: laptop.replica.home, toPath: "\(folder)/\(name)")
    }

    /// Starts a laptop from a copy of its disk; the copy becomes the laptop.
    func start(_ name: String, like laptop: Laptop) throws -> Laptop {
        let copy = Laptop(
            name: name, replica: try Replica.open(at: "\(folder)/\(name)"),
            clockErrorMilliseconds: laptop.clockErrorMilliseconds)
        laptops.append(copy)
        return copy
    }

    /// The laptop's disk is lost.
    func lose(_ laptop: Laptop) {
        laptops.removeAll { $0.name == laptop.name }
    }

    /// Syncs over a road that may lose answers or double requests.
    @discardableResult
    func sync(
        _ laptop: Laptop, over road: Road = Road(),
        historyBytesMax: Int = Limits.historyBytesTarget
    ) async throws -> SyncReport {
        let connection = Connection(hub: hub, time: hubTime, road: road)
        return try await laptop.replica.sync(
            over: connection, now: { self.now(laptop) }, historyBytesMax: historyBytesMax)
    }

    /// What happens to messages on their way.
    struct Road: Sendable {
        /// The answer to the n-th request is lost, counted from 0.
        var losesAnswer: Int?
        /// Every request arrives twice.
        var doublesRequests = false
        /// The code with which the hub refuses the first parcel.
        var refusesFirstParcel: String?
        /// What the hub knows, whatever the laptop does.
        var hubSchema: LaterSchema?
    }

    struct AnswerLost: Error {}

    struct Refusal: HubRefusal {
        let hubCode: String
    }

    private final class Connection: HubConnection {
        let hub: Hub
        let time: HubTime
        let road: Road
        private let count = Counter()
        private let parcels = Counter()

        init(hub: Hub, time: HubTime, road: Road) {
            self.hub = hub
            self.time = time
            self.road = road
        }

        func sync(_ envelope: [UInt8]) async throws -> [UInt8] {
            let answer = try LaterSchema.$current.withValue(road.hubSchema) {
                let answer = try hub.sync(envelope, now: time)
                if road.doublesRequests { _ = try hub.sync(envelope, now: time) }
                return answer
            }
            if await count.next() == road.losesAnswer { throw AnswerLost() }
            return answer
        }

        func redeem(_ envelope: [UInt8]) async throws -> [UInt8] {
            let answer = try hub.redeem(envelope, now: time)
            if road.doublesRequests { _ = try hub.redeem(envelope, now: time) }
            return answer
        }

        func rekey(_ envelope: [UInt8]) async throws -> [UInt8] {
            let answer = try hub.rekey(envelope, now: time)
            if road.doublesRequests { _ = try hub.rekey(envelope, now: time) }
            if await count.next() == road.losesAnswer { throw AnswerLost() }
            return answer
        }

        func carry(_ parcel: [UInt8]) async throws -> [UInt8] {
            if let code = road.refusesFirstParcel, await parcels.next() == 0 {
                throw Refusal(hubCode: code)
            }
            let answer = try hub.carry(parcel, now: time)
            if road.doublesRequests { _ = try hub.carry(parcel, now: time) }
            return answer
        }
    }

    private actor Counter {
        private var value = -1
        func next() -> Int {
            value += 1
            return value
        }
    }
}
