/// Who may write what: one check, asked by the hub when it admits and by a replica as a forecast.
///
/// The table is in the schema (`creators`, `deleters` and each field's `writers`); this type reads
/// it. What a table of parties cannot say (a task under review, who may say which act) is in
/// ``RecordRules``. A change set is allowed as a whole or refused with the first reason found.
package struct Permission {
    private let facts: any PermissionFacts
    private let author: ChangeAuthor
    /// The records that the change set is about, in the order in which it names them first.
    private var subjects: [Subject] = []
    private var subjectIndices: [Place: Int] = [:]
    /// As long as there are so few subjects they are not looked up by ``subjectIndices``.
    private static let fewSubjects = 4
    /// The subject that was asked for last: changes of one record stand together.
    private var latestSubject = 0
    /// In how many scopes the change set creates each request and act.
    private var creationCounts: [RecordKey: Int] = [:]
    /// How many changes of the change set concern elements of this set.
    private var touchedElements: [FieldPlace: Int] = [:]
    /// The texts that the change set edits, with its edits so far.
    private var texts: [FieldPlace: FieldText] = [:]

    private struct Place: Hashable {
        let record: RecordID
        let entity: EntityID
        let scope: Scope

        init(_ change: Change, in scope: Scope) {
            (record, entity, self.scope) = (change.record, change.entity, scope)
        }
    }

    /// What the change set says of one record in one scope.
    private struct Subject {
        let place: Place
        /// Whether the change set itself creates it.
        var isCreated = false
        var isErased = false
        /// The values that the change set gives it, whether before or after its creation.
        var written: FieldValues = [:]
        /// What was stored of it before; nil in nil until somebody asks.
        var stored: FieldValues??
    }

    private struct RecordKey: Hashable {
        let record: RecordID
        let entity: EntityID
    }

    /// A field of a subject.
    private struct FieldPlace: Hashable {
        let subject: Int
        let field: FieldID
    }

    private init(facts: any PermissionFacts, author: ChangeAuthor) {
        self.facts = facts
        self.author = author
    }

    /// Returns why the change set is refused; nil if it is allowed. Its parts are the changes of
    /// one action in each scope that it reaches.
    package static func refusal(
        of parts: [(scope: Scope, changes: [Change])], by author: ChangeAuthor,
        facts: any PermissionFacts
    ) throws -> RefusalReason? {
        var check = Permission(facts: facts, author: author)
        for (scope, changes) in parts {
            guard try check.canReach(scope) else { return .wrongScope }
            for change in changes {
                if let reason = check.noteShape(change, in: scope) { return reason }
            }
        }
        for (scope, changes) in parts {
            for change in changes {
                if let reason = try check.refusal(of: change, in: scope) { return reason }
            }
        }
        return try check.refusalOfCreated() ?? check.refusalOfElements()
    }

    private mutating func subject(of change: Change, in scope: Scope) -> Int {
        if latestSubject < subjects.count {
            let place = subjects[latestSubject].place
            if place.record == change.record, place.entity == change.entity, place.scope == scope {
                return latestSubject
            }
        }
        let place = Place(change, in: scope)
        if let index = index(of: place) {
            latestSubject = index
            return index
        }
        latestSubject = subjects.count
        subjects.append(Subject(place: place))
        if subjects.count > Self.fewSubjects {
            // Those that were few until now come along.
            let unknown = subjectIndices.isEmpty ? 0 : latestSubject
            for index in unknown...latestSubject {
                subjectIndices[subjects[index].place] = index
            }
        }
        return latestSubject
    }

    private func index(of place: Place) -> Int? {
        subjects.count <= Self.fewSubjects
            ? subjects.firstIndex { $0.place == place } : subjectIndices[place]
    }

    /// What was stored of a subject before the change set; nil if it did not exist.
    private mutating func stored(_ subject: Int) throws -> FieldValues? {
        if let known = subjects[subject].stored { return known }
        let place = subjects[subject].place
        let found = try facts.values(of: place.record, entity: place.entity, in: place.scope)
        subjects[subject].stored = .some(found)
        return found
    }

    /// A writer reads the scope, and the scope's members are what its kind stands for.
    private func canReach(_ scope: Scope) throws -> Bool {
        // The hub still rules on what was asked of somebody who has another role by now.
        guard let member = author.member else { return true }
        if let mentor = scope.mentor, try facts.role(of: mentor) != .mentor { return false }
        if let participant = scope.participant,
            try facts.role(of: participant) != .participant
        {
            return false
        }
        return try ScopeAccess.mayRead(scope, member: member, role: author.role) {
            try facts.isCurrentMentor($0, of: $1)
        }
    }

    /// Checks what can be said of a change by itself, and notes creations.
    private mutating func noteShape(_ change: Change, in scope: Scope) -> RefusalReason? {
        guard let entity = Schema.entity(change.entity) else { return .malformed }
        guard entity.scopes.contains(scope.kind) else { return .wrongScope }
        let subject = subject(of: change, in: scope)
        switch change.operation {
        case .create:
            let isFirst = !subjects[subject].isCreated
            subjects[subject].isCreated = true
            if Self.isKnownByIDAlone(entity) {
                creationCounts[
                    RecordKey(record: change.record, entity: change.entity), default: 0] += 1
            }
            return change.field == .life && isFirst ? nil : .malformed
        case .delete, .restore:
            return change.field == .life ? nil : .malformed
        case .erase:
            subjects[subject].isErased = true
            return change.field == .life ? nil : .malformed
        case .erased:
            return .malformed
        case .leave:
            // A record that can lie in one scope only has nowhere to go.
            return change.field == .life && entity.scopes.count > 1 ? nil : .malformed
        case .set, .add, .remove, .contribute, .splice, .opaque:
            guard let field = entity.field(change.field), field.merge.admits(change.operation),
                field.admits(change.operation)
            else { return .malformed }
            switch change.operation {
            case .set(let value): subjects[subject].written[change.field] = value
            case .add, .remove:
                touchedElements[FieldPlace(subject: subject, field: change.field), default: 0] += 1
            default: break
            }
            return nil
        }
    }

    private mutating func refusal(of change: Change, in scope: Scope) throws -> RefusalReason? {
        guard let entity = Schema.entity(change.entity) else { return .malformed }
        let subject = subject(of: change, in: scope)
        let isCreated = subjects[subject].isCreated
        let stored = try stored(subject)
        if case .create = change.operation {
            return try refusalOfCreation(change, of: entity, in: scope, isStored: stored != nil)
        }
        guard stored != nil || isCreated || author.isHub else { return .missingRecord }
        switch change.operation {
        case .create, .erased: return nil
        case .delete, .restore, .leave:
            // Whoever may delete may bring back; a profile or fact has nobody.
            if try isAny(entity.deleters, of: change, in: scope) { return nil }
            // An emptied shell helps nobody: who erases a record may delete it with that.
            let isErasing = change.operation == .delete && !entity.deleters.isEmpty
            return isErasing && subjects[subject].isErased ? nil : .notAllowed
        case .erase:
            for field in entity.fields where field.merge == .text && field.isErasable {
                texts[FieldPlace(subject: subject, field: field.id)] = FieldText()
            }
            if author.isHub { return nil }
            return try isAny(entity.erasers, of: change, in: scope) ? nil : .notAllowed
        case .set, .add, .remove, .contribute, .splice, .opaque:
            guard let field = entity.field(change.field) else { return .malformed }
            switch field.merge {
            case .ruled:
                return author.isHub ? nil : .notAllowed
            case .once:
                return isCreated && keepsFact(change, stored: stored) ? nil : .factRewritten
            case .text:
                guard try isAny(field.writers, of: change, in: scope) || isCreated && stored == nil
                else { return .notAllowed }
                return try refusal(ofEdit: change, in: scope)
            case .register, .set, .sum, .sealed:
                if isCreated, stored == nil { return nil }
                guard try isAny(field.writers, of: change, in: scope) else { return .notAllowed }
                return try RecordRules.refusal(
                    of: change, stored: stored ?? [:], author: author, facts: facts,
                    isMentorOrAdmin: isAny([.mentor, .admin], of: change, in: scope))
            }
        }
    }

    /// An edit of a text must be one that everybody can apply: to a text that is here, at positions
    /// that this had, under numbers that the device has not used in it before.
    private mutating func refusal(ofEdit change: Change, in scope: Scope) throws -> RefusalReason? {
        let place = FieldPlace(subject: subject(of: change, in: scope), field: change.field)
        var text =
            try texts[place]
            ?? facts.text(
                of: change.field, record: change.record, entity: change.entity, in: scope)
        let reason = try TextRules.refusal(of: change, by: author.device, in: &text, facts: facts)
        texts[place] = text
        return reason
    }

    /// A record that is created again, because it comes back into a scope, brings its facts along
    /// as they are.
    private func keepsFact(_ change: Change, stored: FieldValues?) -> Bool {
        guard let known = stored?[change.field], case .set(let value) = change.operation else {
            return true
        }
        return known == value
    }

    /// A device creates records under its own id, a member the records that carry the member's id.
    /// An author brings a record along when it moves to another scope, and an issuer an invitation
    /// that they made under a former key of the same laptop: its id stands in the token.
    private func refusalOfCreation(
        _ change: Change, of entity: Entity, in scope: Scope, isStored: Bool
    ) throws -> RefusalReason? {
        // These carry the member's id, so that several devices make the same.
        let isMembers = [Schema.profile.id, Schema.contact.id, Schema.settings.id]
            .contains(entity.id)
        let isOwnID: Bool
        if isMembers {
            isOwnID = author.isHub || author.member?.recordID == change.record
        } else if change.record.device == author.device {
            isOwnID = true
        } else {
            let creator = try facts.member(of: change.record.device)
            let mayBring = entity.scopes.count > 1 || entity.id == Schema.invitation.id
            isOwnID = mayBring && creator != nil && creator == author.member
        }
        guard isOwnID else { return .notAllowed }
        if Self.isKnownByIDAlone(entity) {
            let key = RecordKey(record: change.record, entity: entity.id)
            let isKnown = try facts.isCreated(change.record, entity: entity.id)
            if isKnown || creationCounts[key, default: 0] > 1 { return .factRewritten }
        }
        if !isMembers, entity.scopes.count == 1, isStored { return .factRewritten }
        return try isAny(entity.creators, of: change, in: scope) ? nil : .notAllowed
    }

    /// The referee knows requests and acts by their ids, whatever their scope.
    private static func isKnownByIDAlone(_ entity: Entity) -> Bool {
        entity.id == Schema.booking.id || entity.id == Schema.bookingAct.id
    }

    private func refusalOfCreated() throws -> RefusalReason? {
        let created = subjects.filter { $0.isCreated }.sorted { left, right in
            (left.place.record, left.place.scope, left.place.entity)
                < (right.place.record, right.place.scope, right.place.entity)
        }
        for subject in created {
            let reason = try RecordRules.refusal(
                ofCreated: subject.place.entity, values: subject.written, in: subject.place.scope,
                author: author, facts: facts)
            if let reason { return reason }
        }
        return nil
    }

    private func refusalOfElements() throws -> RefusalReason? {
        for (set, count) in touchedElements {
            let place = subjects[set.subject].place
            let known = try facts.elementCount(
                of: set.field, record: place.record, entity: place.entity, in: place.scope)
            if known + count > Limits.setElementsMax { return .tooManyElements }
        }
        return nil
    }

    private func isAny(_ parties: [Party], of change: Change, in scope: Scope) throws -> Bool {
        for party in parties where try isParty(party, of: change, in: scope) { return true }
        return false
    }

    private func isParty(_ party: Party, of change: Change, in scope: Scope) throws -> Bool {
        guard let member = author.member else { return party == .hub }
        switch party {
        case .hub:
            return false
        case .admin:
            return author.role == .admin
        case .author:
            return try facts.member(of: maker(of: change, in: scope)) == member
        case .owner:
            guard scope.kind == .programme else { return scope.owner == member }
            if change.entity == Schema.device.id {
                let values = try facts.values(of: change.record, entity: change.entity, in: scope)
                return values?[Fields.Device.member]?.member == member
            }
            return change.record == member.recordID
        case .mentor:
            guard let participant = scope.participant else { return false }
            if scope.kind == .pair, scope.mentor != member { return false }
            return try facts.isCurrentMentor(member, of: participant)
        case .pair:
            return scope.kind == .pair && scope.members.contains(member)
        }
    }

    /// The device that made a record. What the hub makes of an open request is as if made by whoever
    /// asked.
    private func maker(of change: Change, in scope: Scope) throws -> DeviceID {
        guard change.entity == Schema.booking.id else { return change.record.device }
        let values = try facts.values(of: change.record, entity: change.entity, in: scope)
        return (values?.asked(of: change.record) ?? change.record).device
    }
}
