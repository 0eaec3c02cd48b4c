import Replica

/// Why the hub takes nothing from this device, as it said at the latest sync: that of a member, or
/// one whose invitation it does not redeem.
enum HubStanding: String, CaseIterable {
    case deviceRevoked, memberSuspended
    case tokenUsed, tokenExpired, tokenRevoked, tokenDamaged, issuerNotEntitled, wrongProgramme

    init?(code: String) { self.init(rawValue: code) }

    /// What the contact file says; nil while the hub is on good terms with the device.
    init?(_ context: CommandContext) {
        guard let code = ContactFile.read(in: context.home)?.refusal else { return nil }
        self.init(rawValue: code)
    }

    /// Keeps in mind, for `status`, that the hub takes nothing from this device, until a sync goes
    /// well again or there is another invitation. Whoever has joined is not asked for one any more.
    ///
    /// - Returns: what the hub's word means; nil for one that says nothing of the device.
    @discardableResult
    static func note(code: String, of replica: Replica) -> HubStanding? {
        guard let standing = HubStanding(code: code) else { return nil }
        if !standing.isAboutInvitation || !replica.identity.isRedeemed {
            ContactFile.note(refusal: code, in: replica.home)
        }
        return standing
    }

    /// Whether another invitation helps.
    var isAboutInvitation: Bool { self != .deviceRevoked && self != .memberSuspended }

    var sentence: TerminalText {
        switch self {
        case .deviceRevoked:
            "This device is revoked: the hub takes nothing from it and gives it nothing."
        case .memberSuspended:
            "Your membership is suspended: the hub takes nothing from you and gives you nothing."
        case .tokenUsed: Self.notJoined("was redeemed on another device")
        case .tokenExpired: Self.notJoined("had expired when it reached the hub")
        case .tokenRevoked: Self.notJoined("was revoked")
        case .tokenDamaged: Self.notJoined("is damaged")
        case .issuerNotEntitled: Self.notJoined("came from somebody who may not invite")
        case .wrongProgramme: Self.notJoined("is for another programme")
        }
    }

    private static func notJoined(_ reason: TerminalText) -> TerminalText {
        "You have not joined: your invitation \(reason)."
    }

    /// The way out for somebody whom the hub has not let in.
    static let invitationHint =
        "Ask for a new invitation and run waymark join NEWTOKEN in this folder; what was written "
        + "here is kept and goes along."

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
