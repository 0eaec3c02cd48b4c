import Foundation
import Replica

/// Where a home keeps the hub's certificate. It holds nothing secret and can be fetched again, so
/// a copy that cannot be written is no failure.
enum HubCertificateFile {
    static func path(in home: String) -> String { home + "/hub.pem" }

    static func read(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { [UInt8]($0) }
    }

    static func write(_ pem: [UInt8], to path: String) {
        try? AtomicFile.write(pem, to: path, isDurable: false)
    }
}
