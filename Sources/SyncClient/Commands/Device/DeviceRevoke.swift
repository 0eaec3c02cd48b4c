import ArgumentParser
import Model
import Replica

struct DeviceRevoke: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Stop trusting a device, for ever",
        discussion: """
            What the hub has received of the device by the time it hears of this stays in force, \
            and nothing else does: what the device wrote and has not sent is lost, also what it \
            confirmed of slots on loan. With --stolen the \
            admins are told, too, and calendar addresses that were made on it show nothing any more.
            """)

    @Argument(help: ArgumentHelp("The device", valueName: "id"))
    var device: DeviceReference

    @Flag(help: "It is in somebody else's hands")
    var stolen = false

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let own = replica.identity.device
        let (id, lent) = try replica.act("device revoke", at: context.now, isUndoable: false) {
            action in
            let device = try device.resolve(in: action.reader)
            guard device.revocation != .stolen, stolen || device.revocation == nil else {
                throw CommandFailure(
                    .refused, code: "alreadyRevoked",
                    "The device \(device.id.text) is revoked already.",
                    hint: device.revocation == .stolen
                        ? "A stolen device stays stolen."
                        : "If it is in somebody else's hands, add --stolen.")
            }
            let revocation: DeviceRevocation = stolen ? .stolen : .retired
            try action.set(
                Fields.Device.revocation, of: device.record.id, Schema.device,
                in: device.record.scope, to: .integer(revocation.rawValue))
            let lent = try action.reader.records(of: Schema.slot).filter {
                $0.integer(Fields.Slot.holder) == device.id.column
            }
            return (device.id, lent.map(\.id))
        }
        guard let device = try replica.read({ try $0.devices() }).first(where: { $0.id == id })
        else { throw ReplicaError(.unknownRecord, id.text) }
        if id == own {
            context.output.warn("That is this device: after the next sync the hub refuses it.")
        }
        if !lent.isEmpty {
            let ids = lent.map(\.shortText).joined(separator: ", ")
            context.output.warn(
                """
                It has slots on loan: \(ids). What it confirmed of them and has not sent does not \
                count; if it still works, sync it before you do.
                """)
        }
        try context.output.write(
            json: device.json, text: "Revoked \(device.name, .emphasis) (\(device.id.text)).")
    }
}
