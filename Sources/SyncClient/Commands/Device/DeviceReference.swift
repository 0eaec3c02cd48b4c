import ArgumentParser
import Model
import Replica

/// A device as people name it: by its id or the beginning of it.
struct DeviceReference: ExpressibleByArgument, Hashable, Sendable {
    let text: String

    init?(argument: String) { text = argument }

    /// Finds the device among all that the replica knows.
    func resolve(in reader: ReplicaReader) throws -> MemberDevice {
        let isPrefix = IDPrefix.isHexadecimal(text)
        guard !isPrefix || text.utf8.count >= Limits.prefixCharactersMin else {
            throw IDPrefix.tooShort(text)
        }
        let found =
            isPrefix
            ? try reader.devices().filter { $0.id.text.hasPrefix(text.lowercased()) } : []
        guard let first = found.first else {
            throw IDPrefix.unknown(text, noun: "device", list: "waymark device list --all")
        }
        guard found.count == 1 else {
            throw IDPrefix.ambiguous(
                text, noun: "device", candidates: found.map { "\($0.id.text)  \($0.name)" })
        }
        return first
    }
}
