package import Model
import SwiftProtobuf

/// A place in a device's log.
package struct BatchPlace: Hashable, Sendable {
    package let device: DeviceID
    package let sequence: UInt64

    package init(device: DeviceID, sequence: UInt64) {
        self.device = device
        self.sequence = sequence
    }

    var message: Waymark_V1_BatchPlace {
        var message = Waymark_V1_BatchPlace()
        message.device = device.data
        message.sequence = sequence
        return message
    }

    init(_ message: Waymark_V1_BatchPlace) throws(WireError) {
        self.init(
            device: try DeviceID(message.device, "device of a held batch"),
            sequence: message.sequence)
    }
}
