import Model
import Testing

@testable import Replica

/// The names of `protocol/notifications.md`, worked out by another program.
@Suite struct NotificationIDTests {
    private let device = DeviceID(rawValue: 0x6f1d_f292_4dbb_4a20)

    @Test func aChangeNamesItsNotification() throws {
        let bytes = try #require([UInt8](hexadecimal: "03a416ab73cce72df93bf76a3e4b0971ab"))
        let scope = try #require(Scope(bytes: bytes))
        let id = NotificationID(scope: scope, device: device, number: 300)
        #expect(id.text == "9038510e316bdc5934c9882b9dbc50fd")
        #expect(id != NotificationID(scope: scope, device: device, number: 301))
        #expect(id != NotificationID(scope: .programme, device: device, number: 300))
    }

    @Test func aConflictIsNewsWithEachFurtherRival() {
        let rivals = [
            DeviceNumber(device: device, number: 300),
            DeviceNumber(device: DeviceID(rawValue: 0x0102_0304_0506_0708), number: 7),
        ]
        let id = NotificationID(conflict: Array(0..<16), rivals: rivals)
        #expect(id.text == "b2f648597b9ff4dab13fe1bb01fcba3b")
        #expect(id == NotificationID(conflict: Array(0..<16), rivals: rivals.reversed()))
        #expect(id != NotificationID(conflict: Array(0..<16), rivals: [rivals[0]]))
    }
}
