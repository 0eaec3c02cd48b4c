/// The way to a hub: sends the bytes of one request and returns those of the answer. The HTTP
/// client, the simulator and the tests each have one.
package protocol HubConnection: Sendable {
    /// Sends a signed sync request.
    func sync(_ envelope: [UInt8]) async throws -> [UInt8]
    /// Sends a redemption.
    func redeem(_ envelope: [UInt8]) async throws -> [UInt8]
    /// Asks for a certificate of a new key.
    func rekey(_ envelope: [UInt8]) async throws -> [UInt8]
    /// Hands over a parcel of somebody's bundle; the answer is a parcel for its author.
    func carry(_ parcel: [UInt8]) async throws -> [UInt8]
}

/// An answer of the hub that is no answer: why it refused a request, in its stable word.
package protocol HubRefusal: Error {
    var hubCode: String { get }
}

extension HubRefusal {
    /// Whether the hub does not know the device, which may be because it was set back.
    var isOfUnknownDevice: Bool { hubCode == "unknownDevice" }
}
