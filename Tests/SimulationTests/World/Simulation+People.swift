import Model
import TestSupport
import Wire

@testable import Replica
@testable import SyncServer

/// Who is there, and who mentors whom.
extension Simulation {
    func join(_ name: String, as role: Role) throws -> LaptopMachine {
        let issued = try openedHub().invite(
            role, email: "\(name.lowercased())@example.org", name: nil,
            validMilliseconds: 86_400_000, now: hubNow)
        return try join(name, token: issued.text, role: role)
    }

    /// Joins a further laptop of somebody.
    func joinAgain(_ laptop: LaptopMachine) throws -> LaptopMachine {
        let issued = try openedHub().inviteDevice(
            of: laptop.member, validMilliseconds: 86_400_000, now: hubNow)
        return try join("\(laptop.name)b", token: issued.text, role: laptop.role)
    }

    func join(_ name: String, token: String, role: Role) throws -> LaptopMachine {
        let (invitation, bearer) = try InvitationToken.read(token)
        let home = "\(folder)/\(name)-\(laptops.count)"
        let disk = Disk(folder: home, seed: course.seed &+ UInt64(laptops.count))
        // Whatever version the hub has that let them in.
        let replica = try LaterSchema.$current.withValue(nil) {
            try Replica.create(
                at: home,
                joining: Replica.Joining(
                    invitation: invitation, bearer: bearer, name: name, deviceName: "laptop",
                    hubURL: invitation.hubURL),
                now: ClaimedTime(milliseconds: time))
        }
        let laptop = LaptopMachine(
            index: laptops.count, name: name, home: home, disk: disk, replica: replica, role: role)
        laptops.append(laptop)
        _ = try laptop.work.note(replica.ownWork())
        return laptop
    }

    /// Begins a mentorship, as the hub's admin would.
    func assign(_ mentor: LaptopMachine, _ participant: LaptopMachine) throws {
        try openedHub().beginMentorship(
            mentor: mentor.member, participant: participant.member, now: hubNow)
    }
}
