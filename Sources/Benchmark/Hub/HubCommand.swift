import ArgumentParser
import Foundation

/// Puts a real hub under load over TLS on this computer.
struct HubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub",
        abstract: "Put a hub under load, kill it, and print the figures",
        discussion: """
            Devices with real keys sync over TLS with a waymark-hub of its own: many small \
            batches, until it is killed and must have kept all that it acknowledged; a week's work \
            of everybody at once; one slot that everybody wants; thousands who listen for news. Beside it stands what a server \
            that only gives back what it gets takes for the same. The devices share this computer \
            with the hub.
            """)

    enum Load: String, ExpressibleByArgument, CaseIterable {
        case steady
        case morning
        case hotSlot = "hot-slot"
        case listeners
    }

    @Option(help: "How many devices sync")
    var devices = 200

    @Option(help: "For how long they sync small batches")
    var seconds = 60

    @Option(help: "How many changes each brings after a week offline")
    var changes = 1000

    @Option(help: "How many ask for the hot slot")
    var requests = 100

    @Option(help: "How many seats it has")
    var seats = 3

    @Option(help: "How many devices listen for news")
    var listeners = 2000

    @Option(help: "Only this load; may be repeated")
    var load: [Load] = []

    @Option(help: ArgumentHelp("The hub's program, if not the one beside this", valueName: "file"))
    var hub: String?

    func validate() throws {
        guard devices >= 2, seconds > 0, changes > 0, requests > 0, seats > 0, listeners >= 20
        else {
            throw ValidationError(
                "At least two devices, twenty listeners, and one of everything else.")
        }
    }

    func run() async throws {
        try FigureTable(await figures()).print()
    }

    func figures() async throws -> [Figure] {
        let program = hub.map { URL(fileURLWithPath: $0) } ?? Programs.beside("waymark-hub")
        let scratch = try ScratchFolder()
        defer { scratch.remove() }
        var figures: [Figure] = []
        for load in load.isEmpty ? Load.allCases : load {
            let folder = "\(scratch.path)/\(load.rawValue)"
            switch load {
            case .steady:
                figures += try await SteadyLoad(
                    program: program, folder: folder, devices: devices, seconds: seconds
                ).run()
            case .morning:
                figures += try await MorningLoad(
                    program: program, folder: folder, devices: devices, changes: changes
                ).run()
            case .hotSlot:
                figures += try await HotSlotLoad(
                    program: program, folder: folder, requests: requests, seats: seats
                ).run()
            case .listeners:
                figures += try await ListenersLoad(
                    program: program, folder: folder, listeners: listeners
                ).run()
            }
        }
        return figures
    }
}
