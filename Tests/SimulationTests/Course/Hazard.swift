/// Kinds of misfortune that a run can have; each is on or off for a whole run.
enum Hazard: String, CaseIterable, Hashable, Comparable {
    case lostMessages, doubledMessages, delayedMessages, truncatedMessages, corruptedMessages
    case cutConnections, strayAnswers
    case laptopKills, laptopPowerCuts, hubKills, hubPowerCuts
    case laptopDiskFaults, hubDiskFaults
    case wrongClocks, hubClockJumps, longAbsences
    case reassignments, suspensions, revocations, newMembers
    case hostileDevices
    case restoredLaptops, clonedLaptops
    case couriers
    case demotions, updates, laterVersions
    case restoredHub, copiedHub, wipedHub, foreignHubs

    /// One run in how many has it. A hub that is set back changes what may be expected of
    /// everything, so most runs have none.
    var rarity: Int {
        switch self {
        case .restoredHub, .copiedHub, .wipedHub: 10
        default: 2
        }
    }

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
