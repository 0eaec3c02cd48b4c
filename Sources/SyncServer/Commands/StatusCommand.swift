import ArgumentParser
import Model

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show counts, size and when each device last synced")

    @OptionGroup var options: HubOptions

    func run() throws {
        try options.reading(show)
    }

    private func show(_ hub: Hub) throws {
        let status = try hub.status()
        let devices = try hub.devices().map(DeviceDocument.init)
        let recovery = RecoveryDocument(try hub.recoveryStatus())
        let document = Document(
            hub: .init(
                id: hub.identity.programme.text, name: hub.identity.name, url: hub.identity.url),
            position: .init(status.position), isBackup: status.isBackup,
            recovering: recovery.recovering,
            members: status.members, suspended: status.suspended, devices: devices,
            batches: status.batches, changes: status.changes, waiting: status.waiting,
            scopes: status.scopes, bookings: status.bookings, bytes: status.bytes)
        try options.output.write(
            document, text: Self.text(document, recovery: recovery.sentence))
    }

    private static func text(_ document: Document, recovery: String?) -> String {
        var lines = [
            "\(TerminalSafe.escape(document.hub.name)) at \(document.hub.url)",
            "Members   \(document.members), \(document.suspended) suspended",
            "Batches   \(document.batches) with \(document.changes) changes, "
                + "\(document.waiting) waiting for a newer hub",
            "Scopes    \(document.scopes)",
            "Bookings  \(document.bookings)",
            "Position  \(document.position.epoch).\(document.position.number)",
            "Size      \(document.bytes) bytes",
        ]
        if let recovery { lines.append(recovery) }
        guard !document.devices.isEmpty else { return lines.joined(separator: "\n") }
        var columns = TextColumns("DEVICE", "STATE", "LAST SYNC", "MEMBER")
        for device in document.devices {
            columns.append(
                device.id, device.state, device.lastSeenAt ?? "never",
                device.memberName ?? String(device.member.prefix(8)))
        }
        return lines.joined(separator: "\n") + "\n\n" + columns.text
    }

    private struct Document: Encodable {
        struct HubPart: Encodable {
            let id: String
            let name: String
            let url: String
        }
        let hub: HubPart
        let position: PositionDocument
        let isBackup: Bool
        let recovering: Bool
        let members: Int
        let suspended: Int
        let devices: [DeviceDocument]
        let batches: Int
        let changes: Int
        let waiting: Int
        let scopes: Int
        let bookings: Int
        let bytes: Int
    }
}

/// A place in the hub's order, in JSON.
struct PositionDocument: Encodable, Equatable {
    let epoch: UInt32
    let number: UInt64

    init(_ position: Position) {
        epoch = position.epoch
        number = position.number
    }
}
