import Foundation
package import Model

/// When the hub was last reached and how far the device's clock is off: a small file beside the
/// replica, so that a sync with nothing to do writes nothing to the replica itself.
///
/// Nothing rests on it: a missing or damaged file is the same as none.
package struct HubContact: Codable, Hashable, Sendable {
    /// The hub's time at the last sync, in milliseconds since 1970; nil where none went well yet.
    package let lastSyncAt: Int64?
    /// The device's clock minus the hub's, as measured then.
    package let clockOffsetMs: Int64?
    /// The boot of the machine in which it was measured.
    package let bootID: String?
    /// The stable word by which the hub has refused this device, or its invitation, since; nil if
    /// it has not.
    package var refusal: String?
    /// Whether the hub said then that it rules on nothing until an admin ends its recovery; absent
    /// where it did not.
    private let recovering: Bool?

    package var hubIsRecovering: Bool { recovering ?? false }

    package init(
        lastSyncAt: HubTime, clockOffsetMs: Int64, bootID: String, hubIsRecovering: Bool = false
    ) {
        recovering = hubIsRecovering ? true : nil
        self.lastSyncAt = lastSyncAt.milliseconds
        self.clockOffsetMs = clockOffsetMs
        self.bootID = bootID
    }

    /// One that knows no more than why the hub has refused this device.
    package init(refusal: String) {
        lastSyncAt = nil
        clockOffsetMs = nil
        bootID = nil
        recovering = nil
        self.refusal = refusal
    }

    /// The measured offset, which counts within the same boot only: a restart may set the clock.
    package func clockOffsetMs(inBoot current: String) -> Int64? {
        bootID == current ? clockOffsetMs : nil
    }

    /// Whether a clock that is off by so much deserves a sentence.
    package static func isNoteworthy(offsetMs: Int64) -> Bool {
        offsetMs.magnitude > Limits.clockOffsetNoticeMilliseconds.magnitude
    }
}

/// Where a home keeps its ``HubContact``.
package enum ContactFile {
    private static let bytesMax = 4096

    package static func path(in home: String) -> String { home + "/contact.json" }

    /// The last contact, nil if there was none or if the file says nothing sensible.
    package static func read(in home: String) -> HubContact? {
        guard let data = FileManager.default.contents(atPath: path(in: home)),
            data.count <= bytesMax
        else { return nil }
        guard let contact = try? JSONDecoder().decode(HubContact.self, from: data),
            contact.lastSyncAt != nil || contact.refusal != nil
        else { return nil }
        return contact
    }

    /// Keeps in mind that the hub refuses this device or its invitation.
    package static func note(refusal: String, in home: String) {
        var contact = read(in: home) ?? HubContact(refusal: refusal)
        contact.refusal = refusal
        write(contact, in: home)
    }

    /// Forgets a refusal that was of another invitation.
    static func forgetRefusal(in home: String) {
        guard var contact = read(in: home), contact.refusal != nil else { return }
        contact.refusal = nil
        write(contact, in: home)
    }

    /// Replaces the file, whole or not at all. A failure is nobody's: the sync itself went well.
    package static func write(_ contact: HubContact, in home: String) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let data = try? encoder.encode(contact) else { return }
        try? AtomicFile.write([UInt8](data), to: path(in: home), isDurable: false)
    }
}
