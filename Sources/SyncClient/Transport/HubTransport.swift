import Replica

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
}

/// A hub as a replica knows it.
struct HubEndpoint: Sendable {
    let address: HubAddress
    /// The pin of its TLS key; nil where an authority vouches for it.
    let pin: [UInt8]?
    /// Where the pinned certificate is kept.
    let certificatePath: String
}
