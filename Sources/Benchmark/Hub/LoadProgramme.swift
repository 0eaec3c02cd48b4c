import Cryptography
import Foundation
import Model
import NIOSSL
import Wire

/// A programme for a load: a hub that serves, mentors with their participants, all level.
struct LoadProgramme {
    /// Participants of one mentor.
    private static let participantsOfMentor = 9
    private static let joinsAtOnce = 16

    let folder: String
    private(set) var hub: ServerProcess
    let admin: LoadDevice
    private(set) var mentors: [LoadDevice] = []
    private(set) var participants: [LoadDevice] = []
    private let program: URL

    struct CommandFailed: Error, CustomStringConvertible {
        let description: String
    }

    var devices: [LoadDevice] { mentors + participants }

    /// For whom each of ``devices`` writes: mentors for one of their participants, participants for
    /// themselves.
    var writers: [(device: LoadDevice, participant: MemberID)] {
        // The participants were invited by all mentors in turn.
        zip(mentors, participants).map { ($0, $1.member) } + participants.map { ($0, $0.member) }
    }

    /// Makes a hub in a new folder and lets devices join, a tenth of them mentors. They are level and
    /// stay connected, unless there are more than a hub lets one address have.
    init(
        hub program: URL, in folder: String, devices: Int, staysConnected: Bool = true
    ) async throws {
        let mentors = max(1, devices / (Self.participantsOfMentor + 1))
        try await self.init(
            hub: program, in: folder, mentors: mentors, participants: devices - mentors,
            staysConnected: staysConnected)
    }

    /// Makes a hub in a new folder and lets mentors and participants of theirs join.
    init(
        hub program: URL, in folder: String, mentors: Int, participants: Int,
        staysConnected: Bool = true
    ) async throws {
        self.program = program
        self.folder = folder
        struct Made: Decodable {
            struct Invitation: Decodable { let token: String }
            let invitation: Invitation
        }
        let made = try Self.run(
            program,
            [
                "init", "--data", folder, "--name", "Benchmark", "--admin-email",
                "admin@example.org", "--json",
            ])
        let token = try JSONDecoder().decode(Made.self, from: made).invitation.token
        hub = try Self.serve(program, folder)
        admin = try await Self.join(token, hub)
        for _ in 0..<mentors {
            let mentor = try await Self.join(admin.invitation(.mentor), hub)
            if !staysConnected { await mentor.disconnect() }
            self.mentors.append(mentor)
        }
        let tokens = try await Self.invitations(participants, by: self.mentors)
        self.participants = try await Self.join(tokens, hub, staysConnected: staysConnected)
        guard staysConnected else { return }
        for device in self.devices { try await device.level() }
    }

    /// Lets so many more participants join, who never sync.
    func addMembers(_ count: Int) async throws {
        guard count > 0 else { return }
        var tokens: [String] = []
        for _ in 0..<count { tokens.append(try await admin.invitation(.participant)) }
        let (all, hub) = (tokens, hub)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for first in 0..<min(count, Self.joinsAtOnce) {
                group.addTask {
                    let connection = try await HTTPSConnection.open(
                        port: hub.port, trusting: hub.certificate)
                    for index in stride(from: first, to: all.count, by: Self.joinsAtOnce) {
                        _ = try await LoadDevice(redeeming: all[index], over: connection)
                    }
                    await connection.close()
                }
            }
            try await group.waitForAll()
        }
    }

    /// Another connection to the hub.
    func connection() async throws -> HTTPSConnection {
        try await HTTPSConnection.open(port: hub.port, trusting: hub.certificate)
    }

    /// Lets another device of a member join.
    func addDevice(of device: LoadDevice) async throws {
        let other = try await Self.join(device.deviceToken(), hub)
        await other.disconnect()
    }

    /// The participants' invitations, evenly by all mentors.
    private static func invitations(
        _ count: Int, by mentors: [LoadDevice]
    ) async throws -> [String] {
        var tokens: [String] = []
        for index in 0..<count {
            tokens.append(try await mentors[index % mentors.count].invitation(.participant))
        }
        return tokens
    }

    private static func join(
        _ token: String, _ hub: ServerProcess
    ) async throws -> LoadDevice {
        let connection = try await HTTPSConnection.open(
            port: hub.port, trusting: hub.certificate)
        let device = try await LoadDevice(redeeming: token, over: connection)
        try await device.level()
        return device
    }

    private static func join(
        _ tokens: [String], _ hub: ServerProcess, staysConnected: Bool
    ) async throws -> [LoadDevice] {
        var devices: [LoadDevice] = []
        for start in stride(from: 0, to: tokens.count, by: joinsAtOnce) {
            let some = start..<min(start + joinsAtOnce, tokens.count)
            devices += try await withThrowingTaskGroup(of: (Int, LoadDevice).self) { group in
                for index in some {
                    group.addTask {
                        guard !staysConnected else {
                            return (index, try await join(tokens[index], hub))
                        }
                        // With thousands, each would fetch what is known of all before it.
                        let connection = try await HTTPSConnection.open(
                            port: hub.port, trusting: hub.certificate)
                        let device = try await LoadDevice(
                            redeeming: tokens[index], over: connection)
                        await device.disconnect()
                        return (index, device)
                    }
                }
                let joined = try await group.reduce(into: []) { $0.append($1) }
                return joined.sorted { $0.0 < $1.0 }.map(\.1)
            }
        }
        return devices
    }

    /// Starts the hub anew after its end, and lets all devices connect.
    mutating func restart() async throws {
        hub = try Self.serve(program, folder)
        for device in devices + [admin] {
            await device.disconnect()
            await device.reconnect(
                try await HTTPSConnection.open(port: hub.port, trusting: hub.certificate))
        }
    }

    /// Measures something and takes the programme away, whatever comes of it.
    mutating func use<Result>(
        _ measure: (inout Self) async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await measure(&self)
            await remove()
            return result
        } catch {
            await remove()
            throw error
        }
    }

    private func remove() async {
        hub.stop()
        for device in devices + [admin] { await device.disconnect() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func serve(_ program: URL, _ folder: String) throws -> ServerProcess {
        try ServerProcess(
            program, ["serve", "--data", folder, "--listen", "127.0.0.1:0", "--json"],
            certificate: folder + "/tls.pem", log: folder + "/serve.log")
    }

    private static func run(_ program: URL, _ words: [String]) throws -> Data {
        let process = Process()
        let output = Pipe()
        process.executableURL = program
        process.arguments = words
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CommandFailed(description: "\(program.path) \(words[0]) failed")
        }
        return data
    }
}
