package import Model

/// What a replica knows of a member.
package struct Person: Sendable {
    package let id: MemberID
    /// Nil until they have said it, or until it has come through.
    package let name: String?
    package let role: Role?
    package let state: MemberState
    /// Nil where one may not see it.
    package let email: String?
    package let phone: String?
    package let bio: String?
    package let timeZone: String?
    package let location: String?
    package let company: String?
    package let department: String?
    package let experience: String?
    package let currentRole: String?
    package let goals: String?
    package let hourlyRate: Money?
    package let expertise: [String]
    package let languages: [String]
    /// As the profile holds them: `name` or `name=level`.
    package let skills: [String]
    /// How many of a mentor's meetings are completed, as far as the hub has counted.
    package let sessions: Int64
    /// The sum and the count of the ratings of a mentor's sessions.
    package let ratingSum: Int64
    package let ratingCount: Int64
    /// How many fields of the profile and the contact data are in conflict.
    package let conflictCount: Int

    /// The average of all ratings, nil without any.
    package var rating: Double? { Self.rating(sum: ratingSum, count: ratingCount) }

    /// The average of ratings of up to five points, whatever the numbers are; nil without any.
    package static func rating(sum: Int64, count: Int64) -> Double? {
        count > 0 ? min(max(Double(sum) / Double(count), 0), 5) : nil
    }
}

extension ReplicaReader {
    /// Every member whom the replica knows, in the order in which they came.
    package func people() throws -> [Person] {
        var contacts: [RecordID: StoredRecord] = [:]
        for contact in try records(of: Schema.contact) { contacts[contact.id] = contact }
        return try records(of: Schema.profile).map {
            try person(from: $0, contact: contacts[$0.id])
        }
    }

    /// One member; nil if the replica does not know them.
    package func person(_ member: MemberID) throws -> Person? {
        guard let profile = try record(member.recordID, of: Schema.profile) else { return nil }
        return try person(
            from: profile, contact: try record(member.recordID, of: Schema.contact))
    }

    /// Who is suspended, as far as is known here.
    package func suspendedMembers() throws -> Set<MemberID> {
        let suspended = Value.integer(MemberState.suspended.rawValue)
        return Set(
            try records(of: Schema.profile, where: [.equals(Fields.Profile.state, suspended)])
                .map { MemberID($0.id) })
    }

    /// Names by member, for those who have one.
    package func names() throws -> [MemberID: String] {
        var names: [MemberID: String] = [:]
        for profile in try records(of: Schema.profile) {
            names[MemberID(profile.id)] = profile.text(Fields.Profile.name)
        }
        return names
    }

    private func person(from profile: StoredRecord, contact: StoredRecord?) throws -> Person {
        let member = MemberID(profile.id)
        let role = profile.integer(Fields.Profile.role).flatMap(Role.init(rawValue:))
        let state = profile.integer(Fields.Profile.state).flatMap(MemberState.init(rawValue:))
        let isOneself = member == identity.member
        let ownEmail = isOneself && !identity.email.isEmpty ? identity.email : nil
        return Person(
            id: member, name: profile.text(Fields.Profile.name),
            role: role ?? (isOneself ? identity.role : nil), state: state ?? .active,
            email: contact.map { $0.text(Fields.Contact.email) } ?? ownEmail,
            phone: contact?.text(Fields.Contact.phone), bio: profile.text(Fields.Profile.bio),
            timeZone: profile.text(Fields.Profile.timeZone),
            location: profile.text(Fields.Profile.location),
            company: profile.text(Fields.Profile.company),
            department: profile.text(Fields.Profile.department),
            experience: profile.text(Fields.Profile.experience),
            currentRole: profile.text(Fields.Profile.currentRole),
            goals: profile.text(Fields.Profile.goals),
            hourlyRate: profile.money(Fields.Profile.hourlyRate),
            expertise: profile.texts(Fields.Profile.expertise),
            languages: profile.texts(Fields.Profile.languages),
            skills: profile.texts(Fields.Profile.skills),
            sessions: profile.integer(Fields.Profile.sessions) ?? 0,
            ratingSum: profile.integer(Fields.Profile.ratingSum) ?? 0,
            ratingCount: profile.integer(Fields.Profile.ratingCount) ?? 0,
            conflictCount: try fieldsInConflict(of: profile.id, Schema.profile.id).count
                + fieldsInConflict(of: profile.id, Schema.contact.id).count)
    }
}
