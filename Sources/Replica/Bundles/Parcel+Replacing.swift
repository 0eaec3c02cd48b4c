import Foundation
package import Wire

extension Parcel {
    /// Whether a bundle may be written there: nothing lies there, or a bundle, which never holds the
    /// only copy of anything.
    package static func mayReplace(fileAt path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return true }
        // A pipe would wait for somebody who writes.
        guard status.st_mode & S_IFMT == S_IFREG,
            let handle = FileHandle(forReadingAtPath: path)
        else { return false }
        defer { try? handle.close() }
        return (try? handle.read(upToCount: magic.count)) == Data(magic)
    }
}
