import Replica

/// Why the hub takes nothing from this device, as it said at the latest sync.
enum HubStanding: String {
    case deviceRevoked, memberSuspended

    init?(code: String) { self.init(rawValue: code) }

    /// What the contact file says; nil while the hub is on good terms with the device.
    init?(_ context: CommandContext) {
        guard let code = ContactFile.read(in: context.home)?.refusal else { return nil }
        self.init(rawValue: code)
    }

    var sentence: TerminalText {
        switch self {
        case .deviceRevoked:
            "This device is revoked: the hub takes nothing from it and gives it nothing."
        case .memberSuspended:
            "Your membership is suspended: the hub takes nothing from you and gives you nothing."
        }
    }

    /// What becomes of work that the hub has not got.
    static func unsentSentence(_ changeCount: Int) -> TerminalText? {
        guard changeCount > 0 else { return nil }
        let isOne = changeCount == 1
        return """
            \(SyncSummary.counted(changeCount, "change")) not sent \(isOne ? "is" : "are") kept \
            here; waymark export --to DIR writes everything out.
            """
    }
}
