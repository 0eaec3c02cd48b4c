import Cryptography
import Foundation
import Model
import Replica
import Wire

/// Mail about what members have to know. The hub reads its log from where it read last, notes what
/// is to be told to whom in the transaction that notes how far it has read, and sends what is due.
/// So a restart loses nothing; and of a mail that was being handed over when the machine lost its
/// power, the second copy has the same Message-ID.
extension Hub {
    private static let batchesMax = 200

    /// Reads on in the log, a stretch at a time.
    ///
    /// - Parameter now: the hub's time.
    /// - Returns: whether there may be more.
    /// - Throws: if the database cannot be read or written.
    func gatherMail(now: HubTime) throws -> Bool {
        let found = try database.read {
            store -> (last: Position, notices: [HubStore.MailNotice])? in
            guard try store.mailConfiguration() != nil else { return nil }
            let position = try store.mailPosition()
            guard try store.head() > position else { return nil }
            let batches = try store.batches(after: position, limit: Self.batchesMax)
            guard let last = batches.last?.position else { return nil }
            return (last, try batches.flatMap { try self.notices(of: $0, store) })
        }
        guard let found else { return false }
        try database.write { store in
            // It was switched off meanwhile, or the hub was set back.
            guard try store.mailConfiguration() != nil, try store.mailPosition() < found.last else {
                return
            }
            for notice in found.notices { try store.insert(notice, gatheredAt: now) }
            try store.set(mailPosition: found.last)
        }
        return true
    }

    private func notices(
        of batch: StoreTransaction.LoggedBatch, _ store: HubStore
    ) throws -> [HubStore.MailNotice] {
        let author = try store.tables.member(of: batch.device)
        let facts = TableFacts(store.tables)
        var notices: [HubStore.MailNotice] = []
        for logged in try store.tables.sections(of: batch) where logged.isReleased {
            guard let section = try? logged.content.open(),
                let decision = try logged.admissionBytes.map({
                    try SectionAdmission(encodedBytes: $0)
                })
            else { continue }
            var number = section.firstNumber
            for set in section.changeSets {
                let first = number
                number += UInt64(set.changes.count)
                guard decision.refusal(ofOrdinal: set.ordinal) == nil else { continue }
                let told = try NotificationRule.notices(
                    of: set.changes, in: section.scope, by: author, facts: facts)
                for notice in told {
                    for member in try members(notice.audience, store) where member != author {
                        notices.append(
                            HubStore.MailNotice(
                                member: member, scope: logged.scopeKey, device: batch.device,
                                number: first + UInt64(notice.index), kind: notice.kind,
                                change: set.changes[notice.index],
                                at: batch.receipt?.milliseconds ?? 0))
                    }
                }
            }
        }
        return notices
    }

    private func members(
        _ audience: Notice.Audience, _ store: HubStore
    ) throws -> [MemberID] {
        switch audience {
        case .member(let member): [member]
        case .mentors(let participant): try store.currentMentors(of: participant)
        case .admins: try store.admins()
        }
    }

    // MARK: Sending

    /// A mail that is due.
    struct DueMail: Sendable {
        let member: MemberID
        /// What was gathered up to then is in it.
        let gatheredUpTo: Int64
        let message: MailMessage
        let program: String
    }

    /// What is due now. What nobody wants or can get waits no longer.
    func dueMails(now: HubTime) throws -> [DueMail] {
        let (due, dropped) = try database.read { store in
            var due: [DueMail] = []
            var dropped: [MemberID] = []
            guard let configuration = try store.mailConfiguration() else { return (due, dropped) }
            for waiting in try store.mailsWaiting() {
                switch try disposal(of: waiting, configuration, now, store) {
                case .send(let mail): due.append(mail)
                case .drop: dropped.append(waiting.member)
                case .wait: break
                }
            }
            return (due, dropped)
        }
        if !dropped.isEmpty {
            try database.write { store in
                for member in dropped {
                    try store.deleteMailNotices(for: member, gatheredUpTo: now.milliseconds)
                }
            }
        }
        return due
    }

    private enum Disposal {
        case send(DueMail)
        case drop, wait
    }

    private func disposal(
        of waiting: HubStore.MailWaiting, _ configuration: HubStore.MailConfiguration,
        _ now: HubTime, _ store: HubStore
    ) throws -> Disposal {
        guard let address = waiting.email.flatMap({ MailAddress($0) }) else { return .drop }
        switch MailPlan.decision(
            waiting.settings, first: waiting.first, retryAt: waiting.retryAt,
            now: now.milliseconds, timeZone: waiting.timeZone)
        {
        case .drop: return .drop
        case .wait: return .wait
        case .send: break
        }
        let member = waiting.member
        let facts = HubFacts(store)
        let isActive = try facts.isActive(member)
        let notices = try store.mailNotices(for: member).filter { notice in
            // What left their laptops with its scope is not told by mail either.
            if isActive {
                return try facts.mayRead(store.tables.scope(key: notice.scope).scope, member)
            }
            // Who is suspended learns that they are, and nothing else.
            return notice.change.entity == Schema.profile.id
                && notice.change.record == member.recordID
        }
        guard !notices.isEmpty else { return .drop }
        let words = MailWords(store, for: member, timeZone: waiting.timeZone)
        return .send(
            DueMail(
                member: member, gatheredUpTo: now.milliseconds,
                message: MailMessage(
                    from: configuration.from, fromName: MailWords.flattened(identity.name),
                    to: address,
                    subject: MailWords.subject(
                        count: notices.count, programme: identity.name),
                    id: Self.messageID(of: notices), date: now,
                    text: try words.text(notices, programme: identity.name)),
                program: configuration.program))
    }

    /// The same for the same things told to the same member.
    private static func messageID(of notices: [HubStore.MailNotice]) -> String {
        var writer = ByteWriter()
        for notice in notices {
            writer.append(bytes: notice.member.bytes)
            writer.append(varint: UInt64(bitPattern: notice.scope))
            writer.append(bytes: notice.device.bytes)
            writer.append(varint: notice.number)
        }
        return Hexadecimal.encode(
            Array(
                ContentHash.of(writer.bytes, domain: HashDomain("waymark mail v1")).bytes
                    .prefix(16)))
    }

    /// Notes what became of a mail.
    func note(_ outcome: SendmailRun.Outcome, of mail: DueMail, now: HubTime) throws {
        try database.write { store in
            var state = try store.mailState(of: mail.member)
            switch outcome {
            case .taken:
                try store.deleteMailNotices(for: mail.member, gatheredUpTo: mail.gatheredUpTo)
                state.sentAt = now.milliseconds
                state.attempts = 0
                state.retryAt = nil
                state.failure = nil
                state.failedAt = nil
            case .later(let failure):
                state.attempts += 1
                state.retryAt =
                    now.milliseconds + MailPlan.pauseMilliseconds(afterAttempts: state.attempts)
                state.failure = failure
                state.failedAt = now.milliseconds
            case .never(let failure):
                try store.deleteMailNotices(for: mail.member, gatheredUpTo: mail.gatheredUpTo)
                state.attempts = 0
                state.retryAt = nil
                state.failure = failure
                state.failedAt = now.milliseconds
            }
            try store.update(state)
        }
    }

    // MARK: Commands

    /// How mail stands.
    struct MailStatus: Sendable {
        let from: String?
        let program: String?
        let waitingMembers: Int
        let waitingNotices: Int
        let lastSentAt: Int64?
        let failures: [Failure]

        struct Failure: Sendable {
            let member: MemberID
            let name: String?
            let text: String
            let at: Int64?
            let attempts: Int
            let retryAt: Int64?
        }
    }

    func mailStatus() throws -> MailStatus {
        try database.read { store in
            let configuration = try store.mailConfiguration()
            let states = try store.mailStates()
            return MailStatus(
                from: configuration?.from.text, program: configuration?.program,
                waitingMembers: try store.mailsWaiting().count,
                waitingNotices: try store.count("SELECT count(*) FROM mailNotice"),
                lastSentAt: states.compactMap(\.sentAt).max(),
                failures: try states.compactMap { state in
                    guard let failure = state.failure else { return nil }
                    return .init(
                        member: state.member, name: try store.name(of: state.member),
                        text: failure, at: state.failedAt, attempts: state.attempts,
                        retryAt: state.retryAt)
                })
        }
    }

    func set(mail configuration: HubStore.MailConfiguration?) throws {
        try database.write { try $0.set(mail: configuration) }
    }

    /// A mail that tells that mail works.
    func testMail(to address: MailAddress, now: HubTime) throws -> (MailMessage, program: String)? {
        guard let configuration = try database.read({ try $0.mailConfiguration() }) else {
            return nil
        }
        let programme = MailWords.flattened(identity.name)
        let message = MailMessage(
            from: configuration.from, fromName: programme, to: address,
            subject: "Mail from \(programme) works",
            id: Hexadecimal.encode(RandomBytes.generate(count: 16)), date: now,
            text: "This is how \(programme) tells its members what is new for them.")
        return (message, configuration.program)
    }
}
