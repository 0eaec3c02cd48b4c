import Model
import Replica
import Wire

/// Lets devices listen for news: checks who they are, and what they have missed.
struct ListeningService: Sendable {
    let hub: Hub
    let listeners: Listeners
    let challenges: ChallengeBook
    let steadyMilliseconds: @Sendable () -> Int64

    enum Admission: Sendable {
        /// The device is to sign this first.
        case challenge(ListeningChallenge)
        case listener(Listeners.Listener)
    }

    /// Lets a device listen that holds what the hub had at a position, if it says so.
    ///
    /// - Parameters:
    ///   - authorization: the header by which a device shows who it is.
    ///   - position: where it is; nil if it does not say, and then there is news for it.
    /// - Returns: its stream, or what it has to sign before.
    /// - Throws: ``HubError`` for who may not listen, and when there are too many.
    func admit(_ authorization: String?, after position: Position?) async throws -> Admission {
        guard let authorization else { return .challenge(challenges.issue()) }
        guard let proof = ListeningProof(headerText: authorization) else {
            throw HubError(.malformed, "The request's authorization cannot be read.")
        }
        guard challenges.isOpen(proof.challenge) else { return .challenge(challenges.issue()) }
        let hub = hub
        let row = try await hub.database.readAsync { try hub.listeningDevice(of: proof, $0) }
        guard challenges.use(proof.challenge, by: row.device) else {
            return .challenge(challenges.issue())
        }
        guard
            let listener = listeners.enter(row.device, of: row.member, now: steadyMilliseconds())
        else {
            throw HubError(
                .busy, "As many devices listen to the hub as it can have.",
                hint: "Sync now and then, and try again in some minutes.")
        }
        do {
            // What happens from here on the stream hears of. What happened before is looked for
            // now: also that the device was revoked while it was let in.
            let news = try await hub.database.readAsync { store -> Position? in
                try hub.requireStanding(row, store, HubFacts(store))
                guard let position else { return try store.head() }
                return try store.hasNews(for: row, after: position) ? store.head() : nil
            }
            if let news { listeners.note(news, for: listener, now: steadyMilliseconds()) }
        } catch {
            listeners.leave(listener)
            throw error
        }
        listeners.deliver(now: steadyMilliseconds())
        return .listener(listener)
    }
}

extension Hub {
    /// The device that has signed a challenge, if its signature counts.
    func listeningDevice(
        of proof: ListeningProof, _ store: HubStore
    ) throws -> HubStore.DeviceRow {
        guard proof.device != device, let key = try store.tables.key(of: proof.device),
            let row = try store.device(proof.device)
        else { throw Self.unknownDevice }
        guard proof.isValid(key: key, programme: identity.programme) else {
            throw HubError(.badSignature, "The challenge is not signed with the device's key.")
        }
        try requireStanding(row, store, HubFacts(store))
        return row
    }
}
