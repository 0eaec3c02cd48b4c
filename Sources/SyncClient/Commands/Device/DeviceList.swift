import ArgumentParser
import Model
import Replica

struct DeviceList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List your devices")

    @Option(name: .customLong("for"), help: ArgumentHelp("Whose devices", valueName: "who"))
    var member: MemberReference?

    @Flag(help: "Everybody's")
    var all = false

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let (devices, names) = try replica.read { reader in
            let owner = try member?.resolve(in: reader) ?? reader.identity.member
            return (try reader.devices(of: all ? nil : owner), try reader.names())
        }
        if context.output.json {
            return try context.output.writeJSON(.array(devices.map(\.json)))
        }
        let own = replica.identity.device
        var table = TextTable(["ID", "STATE", "LAST SEEN", "MEMBER", "NAME"])
        for device in devices {
            let seen = device.lastSeenAt.map {
                RelativeTime.string($0.milliseconds, now: context.now.milliseconds)
            }
            table.add([
                TerminalText(String(device.id.text.prefix(8))), TerminalText(device.stateName),
                TerminalText(seen ?? ""), TerminalText(names[device.member] ?? ""),
                device.id == own ? "\(device.name) (this one)" : TerminalText(device.name),
            ])
        }
        try context.output.writeOut(table, ifEmpty: "No devices that the hub knows of yet.")
    }
}
