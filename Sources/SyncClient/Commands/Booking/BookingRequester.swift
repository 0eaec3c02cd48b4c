import Model
import Replica

/// Who asks for whom.
struct BookingRequester {
    /// The participant who was named.
    let participant: MemberReference?

    /// Nobody needs a seat twice: an open request for the same slot would only be refused later.
    func requireNew(
        _ slot: RecordID, _ participant: MemberID, in reader: ReplicaReader
    ) throws {
        let standing = try reader.bookingOutlooks().first { outlook in
            outlook.participant == participant && outlook.slot == slot
                && (outlook.ruled == nil && outlook.unruledActs.isEmpty
                    || [.held, .confirmed, .waitlisted].contains(outlook.state))
        }
        guard let standing else { return }
        throw CommandFailure(
            .refused, code: "alreadyRequested",
            "There is a request for this slot already: the booking \(standing.booking.id.shortText)",
            hint: "See how it stands with: waymark booking show \(standing.booking.id.shortText)")
    }

    /// The mentor who is named, oneself, or a participant's only one.
    func mentor(_ reference: MemberReference?, in reader: ReplicaReader) throws -> MemberID {
        let oneself = reader.identity.member
        if let reference {
            let member = try reference.resolve(in: reader)
            guard try reader.role(of: member) == .mentor else {
                throw CommandFailure(
                    .refused, code: "noMentor",
                    "\(InputFailure.quoted(reference.text)) is no mentor.",
                    hint: "See who is one with: waymark mentor search")
            }
            return member
        }
        if try reader.role(of: oneself) == .mentor { return oneself }
        let mentors = try reader.records(
            of: Schema.mentorship,
            where: [.equals(Fields.Mentorship.participant, .member(oneself))]
        ).filter { !$0.isTrue(Fields.Mentorship.ended) }
            .compactMap { $0[Fields.Mentorship.mentor].member }
        let named = Set(mentors)
        if named.count == 1 { return mentors[0] }
        throw CommandFailure(
            .usage, code: "missingMentor", "It is not clear whose slots are meant.",
            hint: "Name a mentor with --mentor; see them with: waymark mentor search")
    }

    func participant(of mentor: MemberID, in reader: ReplicaReader) throws -> MemberID {
        let oneself = reader.identity.member
        switch try reader.role(of: oneself) {
        case .participant where participant == nil:
            return oneself
        case .participant:
            let named = try TaskParticipant.resolve(participant, in: reader)
            if named == oneself { return oneself }
        case .mentor where mentor == oneself:
            let named = try TaskParticipant.resolve(participant, in: reader)
            if try reader.isCurrentMentor(oneself, of: named) { return named }
        case .mentor, .admin, nil:
            break
        }
        throw CommandFailure(
            .notAllowed, code: RefusalReason.notAllowed.code,
            "Participants ask for themselves, mentors for participants of their own.",
            hint: "See who is whose with: waymark mentorship list")
    }
}
