import ArgumentParser
import Model

struct DeviceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "List devices, revoke one, invite a member's new one",
        subcommands: [List.self, Revoke.self, Invite.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all devices")

        @OptionGroup var options: HubOptions

        func run() throws {
            let rows = try options.reading { try $0.devices().map(DeviceDocument.init) }
            var columns = TextColumns("ID", "STATE", "LAST SYNC", "MEMBER", "NAME")
            for row in rows {
                columns.append(
                    row.id, row.state, row.lastSeenAt ?? "never", String(row.member.prefix(8)),
                    row.name)
            }
            try options.output.write(rows, text: columns.text)
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a device's signature count no more")

        @OptionGroup var options: HubOptions

        @Argument(help: "The device: its id or a prefix of it")
        var id: String

        @Flag(help: "It is in somebody else's hands")
        var stolen = false

        func run() throws {
            let hub = try Hub.open(options.folder)
            let device = try hub.device(named: id)
            try hub.revoke(device, isStolen: stolen, now: .ofThisMachine)
            guard let row = try hub.devices().first(where: { $0.id == device }) else {
                throw HubError(.unknownID, "There is no device \(device.text).")
            }
            try options.output.write(DeviceDocument(row), text: "Revoked \(device.text)")
        }
    }

    struct Invite: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue an invitation for a new device of a member")

        @OptionGroup var options: HubOptions

        @Argument(help: "The member: a prefix of the id, the e-mail address or the name")
        var who: String

        @Option(help: "How long it can be redeemed")
        var validFor = Span(hours: 24)

        func run() throws {
            let hub = try Hub.open(options.folder)
            let invitation = try hub.inviteDevice(
                of: hub.member(named: who), validMilliseconds: validFor.milliseconds,
                now: .ofThisMachine)
            try options.output.write(
                InvitationDocument(invitation), text: InvitationDocument(invitation).text)
        }
    }
}

/// A device in JSON.
struct DeviceDocument: Encodable {
    let id: String
    let member: String
    let memberName: String?
    let name: String
    let state: String
    let lastSeenAt: String?

    init(_ row: Hub.DeviceSummary) {
        id = row.id.text
        member = row.member.text
        memberName = row.memberName
        name = row.name
        state = row.revocation.map { $0 == .stolen ? "stolen" : "retired" } ?? "active"
        lastSeenAt = row.lastSyncAt.map { RFC3339Time.text(of: $0) }
    }

    private enum Key: String, CodingKey { case id, member, memberName, name, state, lastSeenAt }

    // Absent values are null, so that scripts find every key.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(id, forKey: .id)
        try container.encode(member, forKey: .member)
        try container.encode(memberName, forKey: .memberName)
        try container.encode(name, forKey: .name)
        try container.encode(state, forKey: .state)
        try container.encode(lastSeenAt, forKey: .lastSeenAt)
    }
}
