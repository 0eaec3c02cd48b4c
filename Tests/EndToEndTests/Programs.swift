import Foundation

/// The programs as the build has made them.
enum Programs {
    static let waymark = located("waymark")
    static let hub = located("waymark-hub")
    static let bench = located("waymark-bench")

    private final class Marker {}

    /// They lie beside the test bundle, or a few folders above it, as on macOS.
    private static func located(_ name: String) -> URL {
        var folder = Bundle(for: Marker.self).bundleURL
        for _ in 0..<5 {
            let program = folder.appending(path: name)
            if FileManager.default.isExecutableFile(atPath: program.path) { return program }
            folder.deleteLastPathComponent()
        }
        preconditionFailure("\(name) was not built beside the tests.")
    }
}

/// A folder that goes when nobody holds it any more.
final class Scratch: Sendable {
    let path: String

    init() throws {
        var template = Array((NSTemporaryDirectory() + "waymark-e2e-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        path = template.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func path(_ name: String) -> String { path + "/" + name }
}
