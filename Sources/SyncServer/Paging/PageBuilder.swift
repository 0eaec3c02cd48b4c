import Cryptography
import Model
import Replica
import Wire

/// Builds one answer's page: what a member may read of the order after a position, up to a budget
/// of bytes. `protocol/sync.md` describes what comes out.
struct PageBuilder {
    private let store: HubStore
    private let member: MemberID
    private let device: DeviceID
    private let request: SyncRequest
    private let bytesTarget: Int
    private let known: LevelDigests
    private let snapshotLogBytesMin: Int?

    /// Rows looked at for one page; more go into the next.
    private static let sectionsMax = 8192
    /// What an entry costs beside its sections: header, signatures, lengths.
    static let entryOverheadBytes = 360

    init(
        store: HubStore, member: MemberID, request: SyncRequest,
        bytesTarget: Int, known: LevelDigests, snapshotLogBytesMin: Int?
    ) {
        self.store = store
        self.member = member
        device = request.device
        self.request = request
        self.bytesTarget = bytesTarget
        self.known = known
        self.snapshotLogBytesMin = snapshotLogBytesMin
    }

    /// What of one batch goes into the answer.
    private struct Item {
        let position: Position
        let device: DeviceID
        let sequence: UInt64
        var sections: Set<Int64> = []
        var byteCount: Int
        var isOwn = false
    }

    func fill(_ answer: inout SyncAnswer) throws {
        let head = try store.head()
        let isAtHead = request.position == head && request.catchingUp.isEmpty
        let isLevel = isAtHead && known.isKnown(request.digest, of: member, at: head)
        if isLevel, request.history.isEmpty { return }
        let grants = try store.grants(of: member)
        let catchingUp = Dictionary(
            request.catchingUp.map { ($0.scope, $0.position) }, uniquingKeysWith: min)
        let levelBefore = grants.filter {
            $0.isInForce(at: request.position) && catchingUp[$0.scope.scope] == nil
        }
        if try fillErasures(grants, catchingUp, &answer) { return }
        // What was revoked since leaves at once, on the first page, whatever else that page holds;
        // a device that has heard of it asks the next time without these scopes.
        let level = levelBefore.filter { $0.isInForce(at: head) }
        let expected = try digest(of: level, at: request.position)
        if expected != request.digest,
            try levelBefore.count == level.count
                || digest(of: levelBefore, at: request.position) != request.digest
        {
            guard request.position.epoch == head.epoch || request.position == .start else {
                // The device comes from before the hub was set back, and this may be why it has
                // something else. In doubt it gives everything back before it drops anything.
                answer.lacking = .start
                answer.epochs = try store.tables.epochStarts()
                return
            }
            answer.position = request.position
            answer.more = true
            answer.heads = try heads(of: level, at: request.position)
            // It may have heard of some revocations and not of later ones. What leaves is not what
            // differs: the hub has it, so it must not be sent again.
            answer.grants = grantEntries(revoked: grants, gained: [], head: head)
            return
        }

        if isAtHead, expected == request.digest {
            known.remember(expected, of: member, at: head)
        }
        var budget = bytesTarget
        // Whose batches are in level scopes, the programme tells.
        let told = catchingUp[.programme].map { min(head, max($0, request.position)) } ?? head
        let (main, reached) = try mainPart(of: level, through: told, budget: &budget)
        let gained = grants.filter {
            $0.from > request.position && $0.from <= reached && $0.isInForce(at: head)
        }
        answer.position = reached
        answer.grants = grantEntries(revoked: grants, gained: gained, head: head)

        var cursors = catchingUp.filter { cursor in
            grants.contains {
                $0.scope.scope == cursor.key && $0.from <= request.position
                    && $0.isInForce(at: head)
            }
        }
        for grant in gained { cursors[grant.scope.scope] = .start }
        // Where the device will think it stands: one that was lost and comes back begins anew there.
        let begun = cursors
        let lost = grants.filter {
            $0.from <= request.position && ($0.until.map { $0 > request.position } ?? false)
        }
        let snapshots = try snapshotPart(
            of: &cursors, gained: gained, besides: lost, budget: &budget, isFirst: main.isEmpty)
        answer.snapshots = snapshots.parts
        let isFirst = main.isEmpty && snapshots.parts.isEmpty
        let (caught, after) = try catchUpPart(
            of: cursors, through: reached, budget: &budget, isFirst: isFirst,
            comingBack: Set(lost.map(\.scope.key)))
        answer.caughtUp =
            after.filter { $0.value != begun[$0.key] || $0.value == reached }
            .map { ScopeCursor(scope: $0.key, position: $0.value) }
            .sorted { $0.scope < $1.scope }
        for item in main + caught { answer.entries += try entries(item) }
        answer.more =
            reached < head || after.contains { $0.value != reached }
            || !snapshots.unfinished.isEmpty
        if !answer.more {
            try fillHistory(
                &answer, grants: grants, head: head, budget: budget,
                isFirst: isFirst && caught.isEmpty)
        }

        let isNews =
            reached != request.position || !answer.grants.isEmpty || !answer.entries.isEmpty
            || !answer.caughtUp.isEmpty
        if isNews {
            let levelAfter =
                level
                + grants.filter { after[$0.scope.scope] == reached }
                .filter { $0.isInForce(at: head) }
            answer.digest = try digest(of: levelAfter, at: reached)
        }
    }

    // MARK: Erasures

    /// Tells of erasures that the device does not know, as many as fit, at least one, and says
    /// whether the rest has to wait until it has taken them in.
    private func fillErasures(
        _ grants: [HubStore.GrantRow], _ catchingUp: [Scope: Position],
        _ answer: inout SyncAnswer
    ) throws -> Bool {
        let last = try store.tables.meta.erasedUpTo()
        guard request.erased < last else { return false }
        var held: [Int64: Position] = [:]
        for grant in grants {
            let level = grant.isInForce(at: request.position) ? request.position : nil
            guard let reached = catchingUp[grant.scope.scope] ?? level else { continue }
            held[grant.scope.key] = max(held[grant.scope.key] ?? .start, reached)
        }
        let found = try store.restatements(after: request.erased, for: device, holding: held)
        answer.erased = last
        guard let first = found.first else { return false }
        var byteCount = 0
        var reached = first.erasure
        for item in found {
            if item.erasure != reached {
                if byteCount > bytesTarget { break }
                reached = item.erasure
            }
            byteCount += item.restatement.encodedBytes.count
            answer.restatements.append(item.restatement)
        }
        if answer.restatements.count < found.count { answer.erased = reached }
        answer.position = request.position
        answer.more = true
        return true
    }

    // MARK: Digest and heads

    private func digest(of grants: [HubStore.GrantRow], at position: Position) throws -> Digest {
        try StoreTransaction.digest(
            of: grants.compactMap { grant in
                let scope = grant.scope
                if scope.cursor <= position { return (scope.scope, scope.chain, scope.stateHash) }
                guard let standing = try store.standing(of: scope, at: position),
                    let stateHash = StateHash(bytes: standing.stateHash)
                else { return nil }
                return (scope.scope, standing.chain, stateHash)
            })
    }

    private func heads(
        of grants: [HubStore.GrantRow], at position: Position
    ) throws -> [SyncAnswer.ScopeHead] {
        try grants.compactMap { grant in
            guard let standing = try store.standing(of: grant.scope, at: position) else {
                return nil
            }
            return SyncAnswer.ScopeHead(
                scope: grant.scope.scope, position: standing.position, chain: standing.chain,
                stateHash: standing.stateHash)
        }
        .sorted { $0.scope < $1.scope }
    }

    // MARK: Grants

    private func grantEntries(
        revoked grants: [HubStore.GrantRow], gained: [HubStore.GrantRow], head: Position
    ) -> [Grant] {
        var entries = gained.map {
            Grant(scope: $0.scope.scope, isGranted: true, position: $0.from)
        }
        for grant in grants {
            guard let until = grant.until, grant.from <= request.position,
                until > request.position
            else { continue }
            entries.append(Grant(scope: grant.scope.scope, isGranted: false, position: until))
        }
        return entries.sorted {
            ($0.position, $0.isGranted ? 1 : 0, $0.scope)
                < ($1.position, $1.isGranted ? 1 : 0, $1.scope)
        }
    }

    // MARK: Entries

    /// Entries of level scopes and of the device's own after the request's position, and how far
    /// they go.
    private func mainPart(
        of level: [HubStore.GrantRow], through head: Position, budget: inout Int
    ) throws -> (items: [Item], reached: Position) {
        let scopes = level.map(\.scope).filter { $0.cursor > request.position }
        let sections = try store.releasedSections(
            of: scopes, after: request.position, through: head, limit: Self.sectionsMax)
        var limit = head
        if sections.count == Self.sectionsMax, let last = sections.last {
            // The last batch looked at may have more sections, so the page ends before it.
            limit = last.position.before
        }
        var items = Self.grouped(sections.filter { $0.position <= limit })
        let returned = try store.returned(to: device, after: request.position)
        for own in try store.ownBatches(of: device, after: request.position, through: limit) {
            var item = Item(
                position: own.position, device: device, sequence: own.sequence, byteCount: 0,
                isOwn: true)
            // What others gave back may have left the device with its scope, and the scope may have
            // come back before that.
            if returned.contains(own.position),
                let released = items.first(where: { $0.position == own.position })
            {
                item.sections = released.sections
                item.byteCount = released.byteCount
            }
            items.removeAll { $0.position == own.position }
            items.append(item)
        }
        items.sort { $0.position < $1.position }
        let count = Self.count(of: items, within: budget, atLeast: 1)
        budget -= items[..<count].reduce(0) { $0 + $1.byteCount + Self.entryOverheadBytes }
        if count < items.count { limit = items[count - 1].position }
        return (Array(items[..<count]), limit)
    }

    /// Pieces of snapshots for scopes that begin. The cursors of scopes that are whole by them move
    /// on to the snapshot's place, those of others go.
    private func snapshotPart(
        of cursors: inout [Scope: Position], gained: [HubStore.GrantRow],
        besides lost: [HubStore.GrantRow], budget: inout Int, isFirst: Bool
    ) throws -> SnapshotPaging.Plan {
        // A scope that was lost and comes back may hold work that the device has to find in it.
        let lost = Set(lost.map(\.scope.scope))
        let begun = cursors.filter { $0.value == .start && !lost.contains($0.key) }.map(\.key)
        let paging = SnapshotPaging(
            store: store, request: request, logBytesMin: snapshotLogBytesMin)
        let plan = try paging.plan(
            for: begun, gained: Set(gained.map(\.scope.scope)), budget: &budget, isFirst: isFirst)
        for (scope, position) in plan.whole { cursors[scope] = position }
        for scope in plan.unfinished { cursors[scope] = nil }
        // Whose batches are in other scopes, the programme tells.
        if plan.unfinished.contains(.programme) { cursors = [:] }
        return plan
    }

    /// What lies behind the snapshots of level scopes, if there is room for it. A scope that was lost
    /// since the request's position and comes back has left the device with its snapshot.
    private func fillHistory(
        _ answer: inout SyncAnswer, grants: [HubStore.GrantRow], head: Position, budget: Int,
        isFirst: Bool
    ) throws {
        var budget = budget
        var isFirst = isFirst
        for cursor in request.history where budget > 0 || isFirst {
            guard let row = try store.opened(cursor.scope),
                grants.contains(where: {
                    $0.scope.key == row.key && $0.isInForce(at: head)
                        && $0.from <= request.position
                })
            else { continue }
            let sections = try store.releasedSections(
                of: [row], after: cursor.position, through: cursor.through,
                limit: Self.sectionsMax)
            let items = Self.grouped(sections)
            let count = Self.count(of: items, within: budget, atLeast: isFirst ? 1 : 0)
            for item in items[..<count] { answer.history += try entries(item) }
            budget -= items[..<count].reduce(0) { $0 + $1.byteCount + Self.entryOverheadBytes }
            isFirst = isFirst && count == 0
            let isWhole = count == items.count && sections.count < Self.sectionsMax
            guard let reached = isWhole ? cursor.through : items[..<count].last?.position else {
                return
            }
            answer.historyReached.append(ScopeCursor(scope: cursor.scope, position: reached))
            guard isWhole else { return }
        }
    }

    /// Entries of gained scopes beyond their cursors, and their cursors after them. A scope that
    /// was lost since the request's position and comes back has left the device with everything.
    private func catchUpPart(
        of cursors: [Scope: Position], through reached: Position, budget: inout Int,
        isFirst: Bool, comingBack: Set<Int64>
    ) throws -> (items: [Item], after: [Scope: Position]) {
        guard !cursors.isEmpty else { return ([], [:]) }
        var sections: [HubStore.ReleasedSection] = []
        var limit = reached
        for (cursor, scopes) in Dictionary(grouping: cursors.keys, by: { cursors[$0] ?? .start }) {
            let rows = try scopes.compactMap { try store.opened($0) }
            let found = try store.releasedSections(
                of: rows, after: cursor, through: reached, limit: Self.sectionsMax)
            if found.count == Self.sectionsMax, let last = found.last {
                limit = min(limit, last.position.before)
            }
            sections += found
        }
        // What the device itself wrote since its position it still has; the first run says what was
        // decided on it. One that begins anew has lost what had left it with a scope, and this hub may
        // have been set back to before that; nor need it have what others gave back.
        let beginsAnew = request.position == .start
        let returned = try store.returned(to: device, after: request.position)
        let items = Self.grouped(
            sections.filter {
                $0.position <= limit
                    && ($0.device != device || $0.position <= request.position || beginsAnew
                        || comingBack.contains($0.scopeKey) || returned.contains($0.position))
            }
            .sorted { $0.position < $1.position })
        let count = Self.count(of: items, within: budget, atLeast: isFirst ? 1 : 0)
        budget -= items[..<count].reduce(0) { $0 + $1.byteCount + Self.entryOverheadBytes }
        if count < items.count {
            // Nothing of it fits: the cursors stay where they are.
            guard count > 0 else { return ([], cursors) }
            limit = items[count - 1].position
        }
        return (Array(items[..<count]), cursors.mapValues { max($0, limit) })
    }

    private static func grouped(_ sections: [HubStore.ReleasedSection]) -> [Item] {
        var items: [Item] = []
        for section in sections {
            if items.last?.position != section.position {
                items.append(
                    Item(
                        position: section.position, device: section.device,
                        sequence: section.sequence, byteCount: 0))
            }
            items[items.count - 1].sections.insert(section.key)
            items[items.count - 1].byteCount += section.byteCount
        }
        return items
    }

    private static func count(of items: [Item], within budget: Int, atLeast least: Int) -> Int {
        var used = 0
        for (index, item) in items.enumerated() {
            used += item.byteCount + entryOverheadBytes
            if used > budget, index >= least { return index }
        }
        return items.count
    }

    private func entries(_ item: Item) throws -> [SyncAnswer.Entry] {
        var entries: [SyncAnswer.Entry] = []
        // The device has its own batches; it lacks what was decided on them.
        if item.isOwn {
            entries.append(
                try store.ownEntry(
                    device: item.device, sequence: item.sequence, at: item.position))
        }
        if !item.isOwn || !item.sections.isEmpty {
            entries.append(
                try store.entry(
                    device: item.device, sequence: item.sequence, sections: item.sections,
                    at: item.position))
        }
        return entries
    }
}

extension Position {
    /// The place just before; numbers of entries begin at 1.
    fileprivate var before: Position { Position(epoch: epoch, number: number - 1) }
}
