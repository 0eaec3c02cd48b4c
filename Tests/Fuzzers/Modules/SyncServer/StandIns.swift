// What the routes name but a fuzzer does not need for reading requests. The real one brings the
// hub and its database with it.

/// Gives every body back.
struct ExchangeService: Sendable {
    func sync(_ bytes: [UInt8]) async throws -> [UInt8] { bytes }

    func redeem(_ bytes: [UInt8]) async throws -> [UInt8] { bytes }

    func rekey(_ bytes: [UInt8]) async throws -> [UInt8] { bytes }

    func carry(_ bytes: [UInt8]) async throws -> [UInt8] { bytes }

    @Sendable func noteRefusal(_ error: HubError) {}

    var metricsText: String { "" }
}
