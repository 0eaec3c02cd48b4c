import Foundation
import Model
import Wire

/// What became of a bundle that was brought to the hub's machine as a file.
struct BundleIntake: Sendable {
    /// Parcels that were taken in.
    var count = 0
    /// Why others were not.
    var refused: [String] = []
    var isWhole = true
    var bytes = 0
    /// The parcels that answer them.
    var answers: [UInt8] = []
}

extension Hub {
    /// Takes in what a file brings.
    ///
    /// - Throws: ``HubError`` that names the file, if nothing of it can be used.
    func takeIn(bundleAt path: String, now: HubTime) throws -> BundleIntake {
        let bytes = try Self.read(path)
        let parcels: [Parcel]
        var intake = BundleIntake(bytes: bytes.count)
        do {
            (parcels, intake.isWhole) = try Parcel.readAll(bytes)
        } catch {
            throw Self.failure(error.hubError, path)
        }
        var first: HubError?
        for parcel in parcels where parcel.head.isForHub {
            do {
                intake.answers += try carry(parcel.encodedBytes, now: now)
                intake.count += 1
            } catch {
                let failure = HubError(describing: error)
                first = first ?? failure
                intake.refused.append(failure.code)
            }
        }
        guard intake.count == 0 else { return intake }
        if let first { throw Self.failure(first, path) }
        guard intake.isWhole else {
            throw HubError(
                .malformed, "\(path) is cut short, and nothing for the hub is in what is left.",
                hint: "Copy the file again; its writer has everything still.")
        }
        throw HubError(
            .malformed, "Nothing in \(path) is for the hub.",
            hint: "A bundle for a member is read on that member's laptop: waymark bundle read.")
    }

    private static func read(_ path: String) throws -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            return [UInt8](try handle.read(upToCount: Limits.bundleBytesMax + 1) ?? Data())
        } catch {
            throw HubError(
                .malformed, path.isEmpty ? "No file was named." : "\(path) cannot be read.",
                hint: "Check the name of the file, and whether the stick is there.")
        }
    }

    /// What is wrong with a file that is no use as a bundle.
    private static func failure(_ error: HubError, _ path: String) -> HubError {
        switch error.reason {
        case .unsupportedVersion:
            HubError(
                error.reason, "\(path) was written by another version of Waymark.",
                hint: "Bring the older of the two programs up to date.")
        case .wrongProgramme:
            HubError(
                error.reason, "\(path) belongs to another programme; nothing of it was used.",
                hint: "See which programme this hub is of with: waymark-hub status")
        case .tooLarge:
            HubError(
                error.reason, "\(path) is larger than a bundle may be.",
                hint: "It may be another file.")
        case .unknownDevice:
            HubError(
                error.reason, "\(path) comes from a device that this hub does not know.",
                hint: "It may be of another programme, or have joined after the backup that this "
                    + "hub was restored from: let it run waymark sync.")
        case .malformed, .badSignature, .tokenDamaged:
            HubError(
                .malformed, "\(path) is no bundle for this hub, or it is damaged.",
                hint: "Copy the file again, or ask for a new one; its writer has everything still.")
        default: error
        }
    }
}
