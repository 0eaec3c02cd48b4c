import Cryptography
import Model
import Replica
import Wire

/// What an admin does on the hub itself. All of it are batches of the hub's own, so members get it
/// with their next sync like anything else.
extension Hub {
    /// An invitation as it is handed over.
    struct IssuedInvitation: Sendable {
        let id: RecordID
        /// Token and secret.
        let text: String
        let expiresAt: HubTime
    }

    /// Issues an invitation for a new member.
    func invite(
        _ role: Role, email: String, name: String?, validMilliseconds: Int64, now: HubTime
    ) throws -> IssuedInvitation {
        try issue(
            .join(role), email: email, name: name, validMilliseconds: validMilliseconds, now: now,
            values: [
                Fields.Invitation.role: .integer(role.rawValue),
                Fields.Invitation.email: .text(email),
                Fields.Invitation.name: name.map { .text($0) } ?? .null,
            ])
    }

    /// Issues an invitation for a new device of a member.
    func inviteDevice(
        of member: MemberID, validMilliseconds: Int64, now: HubTime
    ) throws -> IssuedInvitation {
        let row = try memberRow(member)
        guard row.state == .active else {
            throw HubError(
                .refused, "The member \(member.text) is suspended.",
                hint: "A new device would be refused like the others of this member.")
        }
        return try issue(
            .link(member), email: row.email, name: nil, validMilliseconds: validMilliseconds,
            now: now,
            values: [Fields.Invitation.member: .member(member)])
    }

    private func issue(
        _ purpose: InvitationToken.Purpose, email: String?, name: String?,
        validMilliseconds: Int64, now: HubTime, values: [FieldID: Value]
    ) throws -> IssuedInvitation {
        let validMax = Int64(Limits.invitationHoursMax) * 3_600_000
        guard (1000...validMax).contains(validMilliseconds) else {
            throw HubError(
                .usage, "An invitation is valid for at most \(Limits.invitationHoursMax) hours.",
                hint: "Choose a shorter time, for example with --valid-for 7d.")
        }
        return try database.write { store in
            let ledger = try ledger(store, at: now)
            let time = try ledger.orderTime(now)
            // Tokens carry whole seconds.
            let issuedAt = time.milliseconds / 1000 * 1000
            let expiresAt = issuedAt + validMilliseconds / 1000 * 1000
            let record = try ledger.newRecordID()
            let made = try InvitationToken.make(
                invitation: record, purpose: purpose, email: email, name: name,
                issuedAtMilliseconds: issuedAt, expiresAtMilliseconds: expiresAt,
                hubKey: key.publicKey, hubURL: identity.url, pin: identity.pin,
                programmeName: identity.name, issuerKey: key, bearer: SigningKey())
            var values = values
            values[Fields.Invitation.expiresAt] = .integer(expiresAt)
            let changes = ledger.creation(of: Schema.invitation, record, values)
            try ledger.say(
                [Ledger.HubChangeSet([(.invitations(by: ledger.issuer), changes)])], at: time)
            return IssuedInvitation(
                id: record, text: made.text, expiresAt: HubTime(milliseconds: expiresAt))
        }
    }

    /// Suspends a member: from now on the hub takes nothing from them and gives them nothing.
    func suspend(_ member: MemberID, now: HubTime) throws {
        try set(.suspended, of: member, now: now)
    }

    /// Ends a suspension: they go on where they were, with what they may read by then.
    func reinstate(_ member: MemberID, now: HubTime) throws {
        try set(.active, of: member, now: now)
    }

    private func set(_ state: MemberState, of member: MemberID, now: HubTime) throws {
        try write(now: now) { ledger in
            guard try ledger.facts.role(of: member) != nil else { throw Self.unknown(member) }
            guard try ledger.facts.isActive(member) != (state == .active) else { return nil }
            if state != .active { try Self.requireAnotherAdmin(than: member, ledger) }
            let change = ledger.setting(
                Fields.Profile.state, of: member.recordID, Schema.profile,
                to: .integer(state.rawValue))
            return Ledger.HubChangeSet([(.programme, [change])])
        }
    }

    /// Gives a member another role. What they may read and write follows it from now on.
    ///
    /// - Throws: ``HubError`` for the last active admin, and for a mentor or participant who has
    ///   mentorships or meetings to come: nobody could end or cancel these any more.
    func setRole(_ role: Role, of member: MemberID, now: HubTime) throws {
        try write(now: now) { ledger in
            guard let present = try ledger.facts.role(of: member) else {
                throw Self.unknown(member)
            }
            guard present != role else { return nil }
            if present == .admin {
                try Self.requireAnotherAdmin(than: member, ledger)
            } else {
                try Self.requireNothingUnderWay(with: member, ledger, now)
            }
            let change = ledger.setting(
                Fields.Profile.role, of: member.recordID, Schema.profile,
                to: .integer(role.rawValue))
            return Ledger.HubChangeSet([(.programme, [change])])
        }
    }

    private static func requireAnotherAdmin(than member: MemberID, _ ledger: Ledger) throws {
        guard try ledger.store.admins() != [member] else {
            throw HubError(
                .refused, "The member \(member.text) is the last active admin.",
                hint: "Invite another admin first: waymark-hub invite admin")
        }
    }

    /// Mentorships and meetings stand in scopes of a mentor and a participant, to which nobody but the
    /// hub can write when one of the two is something else. Whoever gives this command is to know
    /// with whom, so the sentence has names; it goes to them alone.
    private static func requireNothingUnderWay(
        with member: MemberID, _ ledger: Ledger, _ now: HubTime
    ) throws {
        let store = ledger.store
        func names(_ members: [MemberID]) throws -> String {
            try members.map { try store.name(of: $0) ?? String($0.text.prefix(8)) }
                .sorted().joined(separator: ", ")
        }
        let mentorships = try store.counterparts(of: member)
        let meetings = try store.membersToMeet(member, after: now)
        var reasons: [String] = []
        if !mentorships.isEmpty { reasons.append("mentorships with \(try names(mentorships))") }
        if !meetings.isEmpty { reasons.append("meetings to come with \(try names(meetings))") }
        guard !reasons.isEmpty else { return }
        let name = try names([member])
        throw HubError(
            .refused, "\(name) has \(reasons.joined(separator: " and ")).",
            hint: """
                With another role nobody could end or cancel these. Cancel or decline the meetings \
                first, with waymark booking, and end the mentorships with waymark mentorship end: \
                an admin or the mentor can do that, and has to sync.
                """)
    }

    /// Revokes a device: its signature does not count any more.
    func revoke(_ device: DeviceID, isStolen: Bool, now: HubTime) throws {
        try write(now: now) { ledger in
            guard let row = try ledger.store.device(device) else {
                throw HubError(.unknownID, "There is no device \(device.text).")
            }
            let present = try ledger.store.revocation(ofDevice: row.record)
            guard present != .stolen, isStolen || present == nil else {
                throw HubError(
                    .refused, "The device \(device.text) is revoked already.",
                    hint: present == .stolen
                        ? "A stolen device stays stolen."
                        : "If it is in somebody else's hands, add --stolen.")
            }
            let revocation: DeviceRevocation = isStolen ? .stolen : .retired
            let change = ledger.setting(
                Fields.Device.revocation, of: row.record, Schema.device,
                to: .integer(revocation.rawValue))
            return Ledger.HubChangeSet([(.programme, [change])])
        }
    }

    private func write(
        now: HubTime, _ body: (Ledger) throws -> Ledger.HubChangeSet?
    ) throws {
        try database.write { store in
            let ledger = try ledger(store, at: now)
            let time = try ledger.orderTime(now)
            if let set = try body(ledger) { try ledger.say([set], at: time) }
        }
    }

    private static func unknown(_ member: MemberID) -> HubError {
        HubError(.unknownID, "There is no member \(member.text).")
    }

    // MARK: Lists

    func members() throws -> [HubStore.MemberRow] { try database.read { try $0.allMembers() } }

    func memberRow(_ member: MemberID) throws -> HubStore.MemberRow {
        guard let row = try members().first(where: { $0.id == member }) else {
            throw Self.unknown(member)
        }
        return row
    }

    /// A device as `device list` shows it.
    struct DeviceSummary: Sendable {
        let id: DeviceID
        let member: MemberID
        let memberName: String?
        let name: String
        /// Nil while its signature counts.
        let revocation: DeviceRevocation?
        let lastSyncAt: HubTime?
    }

    func devices() throws -> [DeviceSummary] {
        let names = Dictionary(
            try members().map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        return try database.read { store in
            try store.allDevices().map { row in
                DeviceSummary(
                    id: row.device, member: row.member, memberName: names[row.member] ?? nil,
                    name: try store.name(ofDevice: row.record) ?? "",
                    revocation: try store.revocation(ofDevice: row.record),
                    lastSyncAt: row.lastSyncAt.map { HubTime(milliseconds: $0) })
            }
        }
    }

    /// Finds a member by a prefix of their id, by e-mail or by a name that only they have.
    func member(named text: String) throws -> MemberID {
        let rows = try members()
        func isSame(_ other: String?) -> Bool { other?.lowercased() == text.lowercased() }
        var found = rows.filter { isSame($0.email) }
        if found.isEmpty { found = rows.filter { isSame($0.name) } }
        if found.isEmpty, text.count >= Limits.prefixCharactersMin {
            found = rows.filter { $0.id.text.hasPrefix(text.lowercased()) }
        }
        return try Self.only(found.map(\.id), "member", text) { $0.text }
    }

    /// Finds a device by a prefix of its id.
    func device(named text: String) throws -> DeviceID {
        guard text.count >= Limits.prefixCharactersMin else {
            throw HubError(
                .usage, "The id \(text) is too short.",
                hint: "Type at least \(Limits.prefixCharactersMin) characters.")
        }
        let found = try devices().map(\.id).filter { $0.text.hasPrefix(text.lowercased()) }
        return try Self.only(found, "device", text) { $0.text }
    }

    private static func only<ID>(
        _ found: [ID], _ kind: String, _ text: String, _ name: (ID) -> String
    ) throws -> ID {
        guard let first = found.first else {
            throw HubError(
                .unknownID, "There is no \(kind) \(text).",
                hint: "List them with waymark-hub \(kind) list.")
        }
        guard found.count == 1 else {
            throw HubError(
                .ambiguousID, "More than one \(kind) fits \(text).",
                hint: "Candidates: " + found.map(name).joined(separator: ", "))
        }
        return first
    }
}
