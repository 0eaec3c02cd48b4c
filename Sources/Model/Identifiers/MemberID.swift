/// Names a member: the id of the invitation record they redeemed, so it is known offline, before
/// the hub has heard of them. A member's profile and contact records carry the same 128 bits.
package struct MemberID: Hashable, Comparable, Sendable {
    package let recordID: RecordID

    package init(_ recordID: RecordID) {
        self.recordID = recordID
    }

    package init?(bytes: some Collection<UInt8>) {
        guard let recordID = RecordID(bytes: bytes) else { return nil }
        self.recordID = recordID
    }

    package init?(text: String) {
        guard let recordID = RecordID(text: text) else { return nil }
        self.recordID = recordID
    }

    package var bytes: [UInt8] { recordID.bytes }
    package var text: String { recordID.text }

    package static func < (left: Self, right: Self) -> Bool { left.recordID < right.recordID }
}
