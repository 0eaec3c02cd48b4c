import Cryptography
import Model
import Replica
import Wire

/// A redemption whose signatures are right.
struct PreparedRedemption: Sendable {
    let invitation: InvitationToken
    let key: PublicKey
    let deviceName: String
}

extension Hub {
    /// Checks a redemption: the new device signed it, the token's issuer signed the token, and
    /// whoever asks holds the bearer secret.
    func prepareRedemption(_ bytes: [UInt8]) throws -> PreparedRedemption {
        let request = try RedeemRequest.open(Envelope(encodedBytes: bytes))
        let invitation = try InvitationToken.readWithoutSecret(request.token)
        guard invitation.hubKey == key.publicKey else {
            throw HubError(
                .wrongProgramme, "The invitation belongs to another programme.",
                hint: "Use the address that came with it.")
        }
        guard request.isProven(bearerKey: invitation.bearerKey) else {
            throw HubError(
                .badSignature, "The request does not prove that it holds the invitation.")
        }
        // It becomes the member's contact record.
        let email = Schema.contact.field(Fields.Contact.email)
        guard email?.admits(.set(.text(invitation.email ?? ""))) ?? false else {
            throw HubError(.tokenDamaged, "The e-mail address in the invitation cannot be used.")
        }
        try requireUsable(deviceName: request.deviceName)
        return PreparedRedemption(
            invitation: invitation, key: request.key, deviceName: request.deviceName)
    }

    /// Throws unless a device's record can hold its name.
    func requireUsable(deviceName: String) throws {
        let name = Schema.device.field(Fields.Device.name)
        guard name?.admits(.set(.text(deviceName))) ?? false else {
            throw HubError(.malformed, "The device's name cannot be used.")
        }
    }

    /// Lets a device in. The first one in the hub's order gets the invitation; asking again with
    /// the same key gets the same answer.
    func perform(
        _ prepared: PreparedRedemption, _ ledger: Ledger, now: HubTime
    ) throws -> RedeemAnswer {
        let invitation = prepared.invitation
        let store = ledger.store
        let time = try ledger.orderTime(now)
        let newDevice = DeviceID(prepared.key)
        let redeemer = try store.redeemer(of: invitation.invitation)
        // To a hub that was set back the device may come back without the word that it was this one
        // which redeemed the invitation, or that somebody did.
        if redeemer == nil || redeemer == HubStore.unknownRedeemer,
            try store.device(newDevice)?.member == invitation.member,
            let bytes = try store.certificate(of: newDevice)
        {
            return try answer(certificate: .init(encodedBytes: bytes), ledger, at: time)
        }
        if let redeemer {
            guard redeemer == newDevice, let bytes = try store.certificate(of: redeemer) else {
                throw HubError(
                    .tokenUsed,
                    "The invitation \(invitation.invitation.text) was redeemed on another device.",
                    hint: "Ask for a new one; what was written here is kept.")
            }
            return try answer(certificate: .init(encodedBytes: bytes), ledger, at: time)
        }
        try requireUnforgotten(invitation, store)
        try requireUsable(invitation, ledger, at: time)
        guard try store.device(newDevice) == nil else {
            throw HubError(.refused, "This device belongs to a member already.")
        }
        return try admit(prepared, ledger, at: time)
    }

    /// Throws if the hub, which was set back, may have lost that somebody redeemed the invitation. Its
    /// token may be in other hands since, and whoever redeemed it comes back with their certificate:
    /// two people would be one member. Nobody can tell, not even when the recovery has ended.
    private func requireUnforgotten(_ invitation: InvitationToken, _ store: HubStore) throws {
        guard let recovery = try store.latestRecovery(),
            invitation.issuedAtMilliseconds < recovery.begunAt.milliseconds
        else { return }
        let hint = "Ask for a new one; what was written here is kept."
        guard recovery.until != nil else {
            throw HubError(
                .recovering,
                "The hub was restored and does not know yet which older invitations were redeemed.",
                hint: hint)
        }
        throw HubError(
            .tokenRevoked,
            "The hub was restored after the invitation \(invitation.invitation.text) was made, and "
                + "does not know whether it was redeemed.", hint: hint)
    }

    /// Whether the token says what its record says, if the record has arrived. A laptop that was
    /// restored from a backup may have given one id to two invitations; the first one counts.
    private func isOfItsRecord(_ invitation: InvitationToken, _ ledger: Ledger) throws -> Bool {
        let issuer = invitation.certificate?.member ?? ledger.issuer
        let values = try ledger.facts.values(
            of: invitation.invitation, entity: Schema.invitation.id,
            in: .invitations(by: issuer))
        guard let values else { return true }
        let isSame: Bool =
            switch invitation.purpose {
            case .join(let role): values[Fields.Invitation.role]?.integer == role.rawValue
            case .link(let member): values[Fields.Invitation.member]?.member == member
            }
        return isSame
            && values[Fields.Invitation.email]?.text ?? invitation.email == invitation.email
            && values[Fields.Invitation.expiresAt]?.integer == invitation.expiresAtMilliseconds
    }

    /// Throws unless the invitation can be redeemed now.
    private func requireUsable(
        _ invitation: InvitationToken, _ ledger: Ledger, at time: HubTime
    ) throws {
        let store = ledger.store
        guard try isOfItsRecord(invitation, ledger) else {
            throw HubError(
                .tokenRevoked,
                "The invitation \(invitation.invitation.text) is not the one that the hub knows.",
                hint: "It was made on a copy of a laptop; ask for a new one.")
        }
        guard try !store.isRevoked(invitation: invitation.invitation) else {
            throw HubError(
                .tokenRevoked, "The invitation \(invitation.invitation.text) was revoked.",
                hint: "Ask for a new one.")
        }
        switch invitation.validity(at: time.milliseconds) {
        case .valid: break
        case .expired:
            throw HubError(
                .tokenExpired, "The invitation \(invitation.invitation.text) has expired.",
                hint: "Ask for a new one; what was written here is kept.")
        case .notYet:
            // A token that claims to be of the future by its making comes from a clock that is
            // ahead; one that is to begin later says so on purpose.
            guard invitation.notBeforeMilliseconds <= invitation.issuedAtMilliseconds else {
                throw HubError(
                    .tokenExpired, "The invitation \(invitation.invitation.text) is not valid yet.",
                    hint: "Try again later.")
            }
        }
        if case .link(let member) = invitation.purpose {
            guard try ledger.facts.role(of: member) != nil else {
                throw HubError(
                    .recovering,
                    "The hub was restored and does not know yet whom the invitation is for.",
                    hint: "Try again when another laptop of this member has synced.")
            }
            guard try ledger.facts.isActive(member) else {
                throw HubError(.memberSuspended, "The membership is suspended.")
            }
        } else if try ledger.facts.role(of: invitation.member) != nil {
            // The id of the invitation is the new member's; nobody becomes somebody else by it.
            throw HubError(.tokenUsed, "The invitation names somebody who is a member already.")
        }
        guard let certificate = invitation.certificate else { return }
        try requireEntitled(certificate, to: invitation.purpose, ledger)
    }

    /// Throws unless the issuer may give such an invitation now, whatever they could when they
    /// made it.
    private func requireEntitled(
        _ issuer: DeviceCertificate, to purpose: InvitationToken.Purpose, _ ledger: Ledger
    ) throws {
        let refusal = HubError(
            .issuerNotEntitled, "Who made the invitation may not invite any more.",
            hint: "Ask an admin for a new one.")
        guard let row = try ledger.store.device(issuer.device), row.member == issuer.member,
            try !ledger.store.isRevoked(row.record), try ledger.facts.isActive(issuer.member),
            let role = try ledger.facts.role(of: issuer.member)
        else { throw refusal }
        switch purpose {
        case .join(let offered):
            guard role.mayInvite(offered) else { throw refusal }
        case .link(let member):
            guard member == issuer.member || role == .admin else { throw refusal }
        }
    }

    private func admit(
        _ prepared: PreparedRedemption, _ ledger: Ledger, at time: HubTime
    ) throws -> RedeemAnswer {
        let invitation = prepared.invitation
        let member = invitation.member
        let issuer = invitation.certificate?.member ?? ledger.issuer
        guard let role = try invitation.role ?? ledger.facts.role(of: member) else {
            throw HubError(.tokenDamaged, "The invitation is for a member whom the hub lacks.")
        }
        let signed = DeviceCertificate(
            programme: identity.programme, key: prepared.key, member: member, role: role,
            validFrom: try ledger.nextPosition()
        ).sign(with: key)
        var programme: [Change] = []
        var parts: [(scope: Scope, changes: [Change])] = []
        if invitation.role != nil {
            programme += ledger.creation(
                of: Schema.profile, member.recordID,
                [
                    Fields.Profile.role: .integer(role.rawValue),
                    Fields.Profile.state: .integer(MemberState.active.rawValue),
                ])
            parts.append(
                (
                    .contact(of: member),
                    ledger.creation(
                        of: Schema.contact, member.recordID,
                        [Fields.Contact.email: .text(invitation.email ?? "")])
                ))
        }
        programme += ledger.deviceCreation(
            try ledger.newRecordID(), member: member, certificate: signed,
            name: prepared.deviceName)
        parts.insert((.programme, programme), at: 0)
        parts.append(
            (
                .invitations(by: issuer),
                [
                    ledger.setting(
                        Fields.Invitation.redeemedBy, of: invitation.invitation, Schema.invitation,
                        to: .member(member))
                ]
            ))
        var sets = [Ledger.HubChangeSet(parts)]
        if invitation.role == .participant, try ledger.facts.role(of: issuer) == .mentor {
            // A set of its own: the pair can be written to when the participant is one.
            let mentorship = ledger.creation(
                of: Schema.mentorship, try ledger.newRecordID(),
                [
                    Fields.Mentorship.mentor: .member(issuer),
                    Fields.Mentorship.participant: .member(member),
                ])
            sets.append(
                Ledger.HubChangeSet([(.pair(mentor: issuer, participant: member), mentorship)]))
        }
        try ledger.say(sets, at: time)
        return try answer(certificate: signed, ledger, at: time)
    }

    /// What a device is told that the hub has certified.
    func answer(
        certificate: DeviceCertificate.Signed, _ ledger: Ledger, at time: HubTime
    ) throws -> RedeemAnswer {
        let verified = try certificate.verify(hubKey: key.publicKey)
        let contact = try ledger.facts.values(
            of: verified.member.recordID, entity: Schema.contact.id,
            in: .contact(of: verified.member))
        return RedeemAnswer(
            hubKey: key.publicKey, certificate: certificate, programmeName: identity.name,
            hubTime: time, position: verified.validFrom,
            email: contact?[Fields.Contact.email]?.text ?? "",
            role: verified.role ?? .participant)
    }
}

extension InvitationError: HubErrorConvertible {
    var hubError: HubError {
        switch reason {
        case .wrongProgramme: HubError(.wrongProgramme, description)
        case .unentitledIssuer, .roleRaised: HubError(.issuerNotEntitled, description)
        case .expired, .notYetValid: HubError(.tokenExpired, description)
        default: HubError(.tokenDamaged, description, hint: "Copy the whole invitation again.")
        }
    }
}
