import Model
import Wire

extension Section {
    /// The certificates of the devices that a section of the hub lets in, encoded.
    var deviceCertificates: [[UInt8]] {
        guard scope == .programme else { return [] }
        return changeSets.flatMap(\.changes).compactMap { change in
            guard change.entity == Schema.device.id, change.field == Fields.Device.certificate,
                case .set(.bytes(let bytes)) = change.operation
            else { return nil }
            return bytes
        }
    }
}
