import ArgumentParser

struct DeviceGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "Link and revoke laptops",
        subcommands: [DeviceList.self, DeviceAdd.self, DeviceRevoke.self])
}
