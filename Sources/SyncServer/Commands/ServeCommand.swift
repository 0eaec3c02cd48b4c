import ArgumentParser
import Cryptography
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import Model
import NIOCore
import ServiceLifecycle
import Synchronization
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the hub until it is told to stop")

    @OptionGroup var options: HubOptions

    @Option(
        help: ArgumentHelp(
            "Where to listen; port 0 picks a free one (default: \(ListenAddress.standard))",
            valueName: "host:port"),
        transform: ListenAddress.read)
    var listen = ListenAddress.standard

    @Flag(inversion: .prefixedNo, help: "Encrypt with the hub's own certificate")
    var tls = true

    @Flag(help: "A proxy in front of the hub does the encryption and says who connects")
    var behindProxy = false

    @Flag(help: "This machine's clock is right, although it is far ahead of the hub's last time")
    var confirmClock = false

    @Flag(help: "Log what is of interest to developers only, too")
    var verbose = false

    func validate() throws {
        guard tls || behindProxy || listen.isLoopback else {
            throw ValidationError(
                "--no-tls is for loopback, or for a hub with --behind-proxy.")
        }
    }

    func run() async throws {
        MemoryArenas.keepLittle()
        let folder = options.folder
        let hub = try Hub.open(folder)
        let lock = try folder.lockForServing()
        let clock = Mutex(
            HubClock(
                Self.reading, notBefore: try hub.status().lastTime, isConfirmed: confirmClock))
        var configuration = HubConfiguration(
            now: { clock.withLock { $0.time(at: Self.reading) } },
            steadySeconds: { Self.steadyMilliseconds / 1000 })
        configuration.listen = listen
        configuration.isBehindProxy = behindProxy
        configuration.connectionsMax = OpenFiles.connections(atMost: configuration.connectionsMax)
        if tls {
            let identity = try folder.tlsIdentity(host: HubIdentity.host(of: hub.identity.url))
            // Members pinned the key when they joined; with another one nobody gets in again.
            guard hub.identity.pin == nil || hub.identity.pin == identity.pin.bytes else {
                throw HubError(
                    .damagedHub, "The TLS key in \(folder.path) is not the one that members trust.",
                    hint: "Restore tls.key from a backup.")
            }
            configuration.tls = identity
        }
        let level: Logger.Level = verbose ? .debug : .info
        let logger = Logger(label: "waymark-hub") { label in
            var handler = JSONLogHandler(label: label, now: { MachineClock.date })
            handler.logLevel = level
            return handler
        }
        if tls && HubIdentity.isOpen(hub.identity.url) {
            options.output.note(
                "The hub serves with TLS, but its members know it as \(hub.identity.url): they "
                    + "reach it only if something in between serves that address.")
        }
        if clock.withLock({ $0.isDoubtful }) {
            logger.warning("The clock is far ahead of the hub's last time and is not believed")
            options.output.note(
                "This machine's clock is far ahead of the time that the hub used last, so the hub "
                    + "goes on from its own time. If the clock is right, start it with "
                    + "--confirm-clock.")
        }
        try hub.beginServing(now: configuration.now())
        try hub.admitParked(now: configuration.now())

        let output = options.output
        let (listen, isTLS) = (listen, tls)
        let application = try buildApplication(hub, configuration, logger: logger) { port in
            let url = listen.url(isTLS: isTLS, port: port)
            let document = ReadyDocument(
                ready: .init(url: url, pid: ProcessInfo.processInfo.processIdentifier))
            try? output.write(document, text: "Ready at \(url)")
        }
        do {
            var group = ServiceGroupConfiguration(
                services: [.init(service: application)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            // Requests that are being answered may end; uploads that do not move are dropped.
            group.maximumGracefulShutdownDuration = .seconds(5)
            try await ServiceGroup(configuration: group).run()
        } catch let error as HubError {
            throw error
        } catch {
            throw listen.failure((error as? IOError)?.errnoCode)
        }
        logger.info("Stopped")
        try hub.close()
        // Until here nobody else serves the folder.
        _ = consume lock
    }

    private struct ReadyDocument: Encodable {
        struct Ready: Encodable {
            let url: String
            let pid: Int32
        }
        let ready: Ready
    }

    // MARK: Clocks

    private static var reading: HubClock.Reading {
        HubClock.Reading(
            wallMilliseconds: HubTime.ofThisMachine.milliseconds,
            steadyMilliseconds: steadyMilliseconds)
    }

    private static let start = ContinuousClock.now

    /// This clock goes on while the machine sleeps, so that waking up is no jump.
    private static var steadyMilliseconds: Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

extension ListenAddress: CustomStringConvertible {
    /// Reads what people type, and says what is expected where it is something else.
    static func read(_ text: String) throws -> ListenAddress {
        guard let address = ListenAddress(text) else {
            throw ValidationError(
                "Write an address and a port, for example 127.0.0.1:8470, 0.0.0.0:8470 or "
                    + "[::1]:8470.")
        }
        return address
    }

    /// Why the hub cannot listen there, as far as the system's error number says.
    func failure(_ errorNumber: CInt?) -> HubError {
        switch errorNumber {
        case EADDRINUSE:
            HubError(
                .addressInUse, "Another program listens on \(host) port \(port).",
                hint: "Stop it, or choose another port with --listen; port 0 finds a free one.")
        case EACCES:
            HubError(
                .refused, "The system does not let the hub listen on \(host) port \(port).",
                hint: "Ports below 1024 are for programs with special rights: choose another one "
                    + "with --listen, for example \(Self.standard.port).")
        default:
            HubError(
                .refused, "The hub cannot listen on \(host) port \(port).",
                hint: "Check that the address is one of this computer's, or choose another one "
                    + "with --listen.")
        }
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
