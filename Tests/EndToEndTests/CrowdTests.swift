import Foundation
import Testing

/// More connections than the hub may have files open: it goes on when they have gone.
@Suite(.serialized, .timeLimit(.minutes(10))) struct CrowdTests {
    @Test func hubOutlivesMoreConnectionsThanItMayHave() async throws {
        var programme = try await Programme.start()
        let amina = try await programme.join("Amina", programme.adminToken)
        try await programme.stop()
        programme.hub = try await ServedHub.start(
            programme.hubFolder, listen: programme.hub.address, openFilesMax: 96)
        let port = try #require(
            programme.hub.address.split(separator: ":").last.flatMap { UInt16($0) })
        let crowd = (0..<200).map { _ in Self.connection(to: port) }
        // The system takes what the hub does not take yet.
        #expect(crowd.filter { $0 >= 0 }.count > 96)
        for descriptor in crowd where descriptor >= 0 { close(descriptor) }
        try await amina("journal", "write", "After the crowd.")
        try await amina("sync")
        try await amina.expectLevel()
        try await programme.stop()
        try await programme.expectVerified()
    }

    /// Opens a connection on this computer and says nothing; negative if that cannot be.
    private static func connection(to port: UInt16) -> Int32 {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { return descriptor }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // Not blocking: the connection may still be on its way.
        guard status == 0 || errno == EINPROGRESS else {
            close(descriptor)
            return -1
        }
        return descriptor
    }
}
