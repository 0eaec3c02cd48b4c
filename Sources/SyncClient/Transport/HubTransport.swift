import Model
import Replica
import Wire

/// Opens ways to hubs: over HTTP in the program, in memory in tests.
protocol HubTransport: Sendable {
    /// Looks whether the hub is there and is the one that the invitation means.
    ///
    /// - Parameters:
    ///   - address: where the hub should be.
    ///   - pin: the pin of its TLS key; nil where an authority vouches for it.
    /// - Returns: the hub's certificate in PEM, to be kept; nil where none is pinned.
    /// - Throws: ``CommandFailure`` of kind `unreachable` if nobody is there.
    func greet(_ address: HubAddress, pin: [UInt8]?) async throws -> [UInt8]?

    /// Runs the body with a way to the hub and closes it afterwards.
    func withConnection<Result>(
        to endpoint: HubEndpoint, _ body: (any HubConnection) async throws -> Result
    ) async throws -> Result

    /// Listens for news until the hub ends the stream, or the line breaks.
    ///
    /// - Throws: ``NoEvents`` where the hub has none; else as a sync would.
    func listen(to endpoint: HubEndpoint, as listener: HubListener) async throws
}

/// Who listens for news from a hub.
struct HubListener: Sendable {
    enum Heard: Equatable, Sendable {
        /// The hub has let the device listen.
        case opened
        /// There is something new for it, up to this position.
        case news(Position)
        /// The same device listens elsewhere, and this stream ends.
        case replaced
    }

    /// Up to where the device has the hub's order.
    let position: Position
    /// Signs what the hub gives it to sign.
    let sign: @Sendable (ListeningChallenge) throws -> ListeningProof
    let hear: @Sendable (Heard) -> Void
}

/// The hub, or a proxy before it, has no stream of news.
struct NoEvents: Error {}

/// A hub as a replica knows it.
struct HubEndpoint: Sendable {
    let address: HubAddress
    /// The pin of its TLS key; nil where an authority vouches for it.
    let pin: [UInt8]?
    /// Where the pinned certificate is kept.
    let certificatePath: String
}
