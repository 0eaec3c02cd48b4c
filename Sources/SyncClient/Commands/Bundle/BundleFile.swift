import Foundation
import Model
import Replica
import Wire

/// The files that bundles lie in.
enum BundleFile {
    /// Throws if there is another file where the bundle is to be.
    static func requireReplaceable(_ path: String) throws {
        try requireNoFolder(path)
        guard Parcel.mayReplace(fileAt: path) else {
            throw CommandFailure(
                .refused, code: "fileExists", "There is a file \(path) already.",
                hint: "Choose another name, or remove it first.")
        }
    }

    private static func requireNoFolder(_ path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
            isFolder.boolValue
        else { return }
        throw CommandFailure(
            .refused, code: "isFolder", "\(InputFailure.quoted(path)) is a folder, not a file.",
            hint: "Name a file in it, such as: \(path)/waymark.bundle")
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try AtomicFile.write(bytes, to: path)
        } catch let error as ReplicaError where [.diskFull, .readOnly].contains(error.reason) {
            let isFull = error.reason == .diskFull
            throw CommandFailure(
                .refused, code: isFull ? "diskFull" : "unwritable",
                isFull ? "There is no room for \(path)." : "\(path) cannot be written.",
                hint: isFull
                    ? "Make room there, or take another disk."
                    : "Check that the folder exists and that you may write to it.")
        }
    }

    static func read(_ path: String) throws -> [UInt8] {
        try requireNoFolder(path)
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            data = try InputSurroundings.read(handle, byteCountMax: Limits.bundleBytesMax + 1)
        } catch {
            throw CommandFailure(
                .badData, code: "unreadableFile",
                "\(InputFailure.quoted(path)) cannot be read.",
                hint: "Check the name of the file, and whether the stick is there.")
        }
        return [UInt8](data)
    }

    /// What is wrong with a file that is no use as a bundle.
    static func failure(_ error: WireError, _ path: String) -> CommandFailure {
        let name = InputFailure.quoted(path)
        switch error.reason {
        case .unsupportedVersion:
            return CommandFailure(
                .badData, code: "unsupportedVersion",
                "\(name) was written by another version of Waymark, or it is damaged.",
                hint: "Bring the older of the two programs up to date, or copy the file again.")
        case .wrongProgramme:
            return CommandFailure(
                .badData, code: "wrongProgramme",
                "\(name) belongs to another programme, or it is damaged at its beginning; nothing of it "
                    + "was used.",
                hint: "See which programme this folder is in with: waymark whoami")
        case .tooLarge, .tooMany:
            return CommandFailure(
                .badData, code: "tooLarge", "\(name) is larger than a bundle may be.",
                hint: "It may be another file.")
        default:
            return CommandFailure(
                .badData, code: "bundleDamaged",
                "\(name) is not a bundle, or it is damaged; nothing of it was used.",
                hint: "Copy the file again, or ask for a new one; its writer has everything still.")
        }
    }
}
