/// The way to a hub: sends the bytes of one request and returns those of the answer. The HTTP
/// client, the simulator and the tests each have one.
package protocol HubConnection: Sendable {
    /// Sends a signed sync request.
    func sync(_ envelope: [UInt8]) async throws -> [UInt8]
    /// Sends a redemption.
    func redeem(_ envelope: [UInt8]) async throws -> [UInt8]
    /// Asks for a certificate of a new key.
    func rekey(_ envelope: [UInt8]) async throws -> [UInt8]
}
