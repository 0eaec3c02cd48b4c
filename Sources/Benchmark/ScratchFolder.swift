import Foundation

/// A new folder for what a measurement writes. It goes with ``remove()``.
struct ScratchFolder {
    let path: String

    init() throws {
        path =
            NSTemporaryDirectory() + "waymark-bench-" + ProcessInfo.processInfo.globallyUniqueString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
