import Cryptography
import Model
import TestSupport
import Wire

@testable import Replica
@testable import SyncServer

/// Syncs, letter by letter.
extension Simulation {
    /// Letters that are kept under way; older ones are lost.
    private static let lettersMax = 24
    private static let lettersOfOneSyncMax = 1000

    private var possibleFates: [Fate] {
        let fates: [(Hazard, Fate)] = [
            (.lostMessages, .lost), (.doubledMessages, .doubled), (.delayedMessages, .delayed),
            (.truncatedMessages, .truncated), (.corruptedMessages, .corrupted),
            (.cutConnections, .cutBeforeAnswer),
        ]
        return fates.filter { has($0.0) }.map(\.1)
    }

    /// Begins a sync and lets it go on as far as the network lets it.
    func sync(_ laptop: LaptopMachine, _ seed: inout Seed) throws {
        tally.syncs += 1
        note("  \(laptop.name) begins to sync")
        var first: Letter?
        try onLaptop(laptop) { replica in
            laptop.exchangeCount += 1
            laptop.exchange = LaptopMachine.Exchange(number: laptop.exchangeCount)
            let action = laptop.exchange?.session.handle(
                .started(isRedeemed: replica.identity.isRedeemed))
            first = try action.flatMap { try write($0, laptop, replica, &seed) }
        }
        try follow(first, &seed)
    }

    /// Lets one of the letters under way arrive.
    func deliverSomething(_ seed: inout Seed) throws {
        guard !post.isEmpty else { return }
        let letter = post.remove(at: seed.below(post.count))
        try follow(try arrive(letter, &seed), &seed)
    }

    /// Sends a letter, then what comes back, and so on.
    private func follow(_ first: Letter?, _ seed: inout Seed) throws {
        var next = first
        var count = 0
        while var letter = next {
            next = nil
            count += 1
            guard count < Self.lettersOfOneSyncMax else {
                throw Violation("progress", "a sync does not end")
            }
            switch Fate.draw(&seed, among: possibleFates) {
            case .arrives: break
            case .lost:
                tally.note("message lost")
                return
            case .doubled:
                tally.note("message doubled")
                keep(letter)
            case .delayed:
                tally.note("message delayed")
                return keep(letter)
            case .truncated:
                tally.note("message truncated")
                letter.truncate(&seed)
            case .corrupted:
                tally.note("message corrupted")
                letter.corrupt(&seed)
            case .cutBeforeAnswer:
                // The hub gets it, the laptop hears nothing.
                tally.note("connection cut")
                if letter.goesToHub { _ = try arrive(letter, &seed) }
                return
            }
            next = try arrive(letter, &seed)
        }
    }

    private func keep(_ letter: Letter) {
        post.append(letter)
        if post.count > Self.lettersMax { post.removeFirst() }
    }

    private func arrive(_ letter: Letter, _ seed: inout Seed) throws -> Letter? {
        letter.goesToHub ? try arriveAtHub(letter) : try arriveAtLaptop(letter, &seed)
    }

    // MARK: At the hub

    private func arriveAtHub(_ letter: Letter) throws -> Letter? {
        let laptop = laptops[letter.laptop]
        // A hub whose disk does not let it start hears nothing.
        guard try onHub({ _ in true }) != nil else { return nil }
        // What comes back to a hub that was set back may bar somebody. A laptop with a new key is
        // another device: whoever revokes the former one bars the other copy of it.
        if hubMachine.wasSetBack || laptop.isForked { try noteWhoIsBarred() }
        let wasBarred = try isBarred(senderOf: letter)
        let answer: [UInt8]??
        do {
            answer = try onHub { hub -> [UInt8]? in
                switch letter.kind {
                case .redemption: try hub.redeem(letter.bytes, now: hubNow)
                case .rekeying: try hub.rekey(letter.bytes, now: hubNow)
                default: try hub.sync(letter.bytes, now: hubNow)
                }
            }
        } catch  where letter.isSpoilt && (error is HubError || error is any HubErrorConvertible) {
            note("  the hub refuses a spoilt letter")
            return nil
        } catch let error as HubError {
            note("  the hub refuses \(laptop.name): \(error.reason)")
            if hubMachine.wasSetBack {
                try noteWhoIsBarred()
                if error.reason == .unknownDevice, letter.kind == .request {
                    return Letter(
                        laptop: letter.laptop, exchange: letter.exchange, kind: .unknownDevice,
                        bytes: [], nonce: letter.nonce)
                }
            }
            guard try isFair(error, to: laptop, letter) else {
                throw Violation("unfair refusal", "\(laptop.name): \(error.message)")
            }
            if [.tokenExpired, .tokenRevoked].contains(error.reason) { laptop.isStranded = true }
            return nil
        }
        guard let bytes = answer.flatMap({ $0 }) else { return nil }
        if letter.kind == .request, !letter.isSpoilt {
            guard !wasBarred else {
                throw Violation("barred device", "\(laptop.name) is served")
            }
            attacker?.overhear(letter.bytes, nonce: letter.nonce)
            try noteReceipts(bytes, letter)
        }
        let kind: Letter.Kind =
            switch letter.kind {
            case .redemption: .redeemed
            case .rekeying: .rekeyed
            default: .answer
            }
        return Letter(
            laptop: letter.laptop, exchange: letter.exchange, kind: kind, bytes: bytes,
            nonce: letter.nonce)
    }

    /// Whether the hub takes nothing from the device that sent a letter: a late one may be from a key
    /// that its laptop has given up, and that the other copy of it still had when it was revoked.
    private func isBarred(senderOf letter: Letter) throws -> Bool {
        let laptop = laptops[letter.laptop]
        guard let device = letter.device, device != laptop.device else { return laptop.isBarred }
        let (suspended, revoked) = try barred()
        return suspended.contains(laptop.member) || revoked.contains(device)
    }

    /// Whether the hub may refuse this laptop so.
    private func isFair(_ error: HubError, to laptop: LaptopMachine, _ letter: Letter) throws
        -> Bool
    {
        switch error.reason {
        case .deviceRevoked, .memberSuspended: try isBarred(senderOf: letter)
        case .tokenExpired:
            letter.kind == .redemption
        // It may have forgotten who redeemed an older one.
        case .recovering, .tokenRevoked: letter.kind == .redemption && hubMachine.wasSetBack
        case .unknownDevice: hubMachine.wasSetBack
        default: false
        }
    }

    /// Remembers what the hub says it has.
    private func noteReceipts(_ bytes: [UInt8], _ letter: Letter) throws {
        let hub = try openedHub()
        let answer = try SyncAnswer.open(
            Envelope(encodedBytes: bytes), hubKey: hub.key.publicKey, nonce: letter.nonce)
        // What was given back has no place of its own.
        guard answer.lacking == nil else { return }
        for receipt in answer.receipts {
            switch receipt.outcome {
            case .admitted, .known:
                guard let position = receipt.position else {
                    throw Violation("acknowledged", "a receipt without a position")
                }
                if let known = hubMachine.acknowledged[receipt.batch], known != position {
                    throw Violation("acknowledged", "a batch moved from \(known) to \(position)")
                }
                hubMachine.acknowledged[receipt.batch] = position
            case .waiting: break
            case .refused:
                let laptop = laptops[letter.laptop]
                // That is how a restored or copied laptop hears of what it does not know, and how
                // any laptop hears that the hub does not have what it once received.
                let isKnown = laptop.isForked && receipt.code == "chainBroken"
                let ofRestoredHub = ["chainBroken", "decisionLost"].contains(receipt.code)
                guard isKnown || hubMachine.wasSetBack && ofRestoredHub else {
                    throw Violation("unfair refusal", "\(laptop.name): \(receipt.code)")
                }
            }
        }
    }

    // MARK: At the laptop

    private func arriveAtLaptop(_ letter: Letter, _ seed: inout Seed) throws -> Letter? {
        let laptop = laptops[letter.laptop]
        guard let exchange = laptop.exchange,
            exchange.request != nil || ![.answer, .unknownDevice].contains(letter.kind)
        else { return nil }
        let isStray =
            exchange.number != letter.exchange
            || [.answer, .unknownDevice].contains(letter.kind)
                && exchange.request?.nonce != letter.nonce
        guard !isStray || has(.strayAnswers) else { return nil }
        if isStray { tally.note("stray answer") }
        var next: Letter?
        try onLaptop(laptop) { replica in
            do {
                next = try read(letter, laptop, replica, &seed)
            } catch let error as ReplicaError where error.reason == .badAnswer {
                guard isStray || letter.isSpoilt else { throw error }
                laptop.exchange = nil
            } catch let error as WireError {
                guard letter.isSpoilt else { throw error }
                laptop.exchange = nil
            }
        }
        if laptop.replica != nil { try look(at: laptop) }
        return next
    }

    /// Takes in an answer. Returns what the laptop sends next.
    private func read(
        _ letter: Letter, _ laptop: LaptopMachine, _ replica: Replica, _ seed: inout Seed
    ) throws -> Letter? {
        guard var exchange = laptop.exchange else { return nil }
        let event: SyncSession.Event
        switch letter.kind {
        case .redeemed:
            guard exchange.number == letter.exchange, !replica.identity.isRedeemed else {
                return nil
            }
            try replica.applyRedemption(letter.bytes)
            event = .redeemed
        case .rekeyed:
            guard exchange.number == letter.exchange, let request = exchange.rekeying else {
                return nil
            }
            try replica.applyRekeying(letter.bytes, to: request)
            exchange.rekeying = nil
            laptop.device = replica.identity.device
            tally.note("laptop re-keyed")
            event = .rekeyed
        case .unknownDevice:
            // Twice in one sync it is another hub, and nothing changes.
            guard exchange.number == letter.exchange, !exchange.showsCertificate else {
                laptop.exchange = nil
                return nil
            }
            laptop.exchange?.showsCertificate = true
            return try write(exchange.action, laptop, replica, &seed)
        default:
            guard let request = exchange.request else { return nil }
            let departedCount = exchange.report.departedScopes.count
            event =
                exchange.action == .giveBack
                ? try replica.applyGivingBack(letter.bytes, to: request, report: &exchange.report)
                : try replica.apply(letter.bytes, to: request, report: &exchange.report)
            let departed = exchange.report.departedScopes.dropFirst(departedCount)
            try checkDeparted(departed, laptop, replica)
            laptop.departed.formUnion(
                laptop.work.saved.keys.filter { departed.contains($0.scope) })
            if !exchange.report.rejected.isEmpty {
                refusedRecords.formUnion(
                    try replica.read { try $0.rejectedItems() }.map(\.record))
            }
        }
        let action = exchange.session.handle(event)
        exchange.request = nil
        laptop.exchange = exchange
        guard !laptop.disk.isDead else { return nil }
        note("  \(laptop.name): \(describe(event))")
        if event == .forked, hubMachine.wasSetBack, try replica.lacksPartOfUndecided() {
            // It goes on as one that was restored does.
            laptop.isForked = true
        }
        guard event != .forked || laptop.isForked else {
            throw Violation("fork", "\(laptop.name) thinks that it was restored")
        }
        guard event != .disagreeing else {
            throw Violation("digest", "\(laptop.name) has something else after a page")
        }
        // A copy that is fetched anew does without what it had.
        if event == .forked { laptop.lastPosition = .start }
        // What was cut off may have been written anew.
        if laptop.isForked { _ = try laptop.work.note(replica.ownWork()) }
        return try write(action, laptop, replica, &seed)
    }

    private func describe(_ event: SyncSession.Event) -> String {
        if case .challenged = event { return "challenged" }
        return "\(event)"
    }

    /// Writes what a session wants to be sent.
    private func write(
        _ action: SyncSession.Action, _ laptop: LaptopMachine, _ replica: Replica,
        _ seed: inout Seed
    ) throws -> Letter? {
        guard let exchange = laptop.exchange else { return nil }
        laptop.exchange?.action = action
        switch action {
        case .redeem:
            return Letter(
                laptop: laptop.index, exchange: exchange.number, kind: .redemption,
                bytes: try replica.redemptionRequest(), nonce: [])
        case .rekey:
            let request = try replica.rekeyRequest()
            laptop.exchange?.rekeying = request
            return Letter(
                laptop: laptop.index, exchange: exchange.number, kind: .rekeying,
                bytes: request.bytes, nonce: [], device: laptop.device)
        case .exchange(let challenge):
            return send(
                try replica.syncRequest(
                    challenge: challenge, now: laptop.clock.reading(at: time, &seed),
                    showsCertificate: exchange.showsCertificate), by: laptop, exchange.number)
        case .giveBack:
            guard hubMachine.wasSetBack else {
                throw Violation("recovery", "\(laptop.name) thinks that the hub was set back")
            }
            tally.note("laptop gave back")
            return send(
                try replica.givingBackRequest(
                    now: laptop.clock.reading(at: time, &seed), boot: 0,
                    showsCertificate: exchange.showsCertificate), by: laptop, exchange.number)
        case .beginAnew:
            try replica.beginAnew()
            note("  \(laptop.name) begins anew")
            guard let next = laptop.exchange?.session.handle(.begunAnew) else { return nil }
            return try write(next, laptop, replica, &seed)
        case .mend:
            preconditionFailure("Nothing is damaged here but by a bug.")
        case .finish:
            laptop.exchange = nil
            laptop.lastReport = exchange.report
            try checkLevel(laptop, replica)
            return nil
        case .giveUp:
            laptop.exchange = nil
            // Two copies of one home may have had one new key ready; the next sync makes another.
            guard !isCalm || laptop.isForked else {
                throw Violation("progress", "\(laptop.name) gives up")
            }
            note("  \(laptop.name) gives up")
            return nil
        }
    }

    private func send(
        _ request: Replica.PreparedSync, by laptop: LaptopMachine, _ exchange: Int
    ) -> Letter {
        laptop.exchange?.request = request
        laptop.exchange?.report.roundTrips += 1
        return Letter(
            laptop: laptop.index, exchange: exchange, kind: .request, bytes: request.bytes,
            nonce: request.nonce, device: laptop.device)
    }

    /// Syncs to the end over a road without misfortune.
    func syncWhole(_ laptop: LaptopMachine) throws {
        var seed = Seed(course.seed &+ UInt64(laptop.index))
        laptop.lastReport = nil
        for _ in 0..<(laptop.isForked || hubMachine.wasSetBack ? 3 : 1)
        where laptop.lastReport == nil {
            try sync(laptop, &seed)
        }
        guard laptop.lastReport != nil || laptop.isBarred else {
            throw Violation("progress", "\(laptop.name) does not get to the end of a sync")
        }
    }
}
