/// One step of a run. It carries its own chance, so that leaving out another step changes nothing
/// in it.
struct Step: Hashable {
    enum Kind: String, CaseIterable {
        /// Somebody does something on their laptop.
        case deed
        /// Somebody syncs.
        case sync
        /// A letter that was under way arrives.
        case deliver
        /// Time passes: minutes, or months.
        case wait, waitLong
        /// A laptop's process ends, or its power.
        case killLaptop
        case cutLaptopPower
        case killHub
        case cutHubPower
        /// A fault is to come at some write.
        case armLaptop, armHub
        case setClock, jumpHubClock
        case assign, endMentorship, suspend, reinstate, revoke, join, demote
        /// A laptop gets a later program, which works its tables out anew.
        case updateLaptop
        /// A machine gets the version after this one.
        case getLaterVersion
        /// A laptop's files are copied away, come back, or go on in two places.
        case backUpLaptop, restoreLaptop, cloneLaptop
        /// The hub is copied away, comes back from the copy, or loses all but its key.
        case backUpHub, restoreHub, putBackHub, wipeHub
        /// An admin says that enough has come back.
        case endRecovery
        /// Another hub answers at the address.
        case meetForeignHub
        /// A bundle is written to a stick, a stick is read, freight is handed to the hub.
        case writeBundle, readBundle, handOver
        /// Somebody goes from laptop to laptop, to the hub and back.
        case makeRound
        /// Somebody with a valid key and a program of their own.
        case attack
    }

    let kind: Kind
    /// Draws everything that the step leaves open.
    let chance: UInt64
}

extension Step: CustomStringConvertible {
    var description: String { "\(kind.rawValue) \(String(chance, radix: 16))" }
}
