/// What an erasure takes out of a section. `protocol/erasure.md` has the whole of it.
extension Section {
    /// The place of a change set's first change, counted from 0 through all change sets.
    package func firstPlace(of set: ChangeSet) -> Int {
        changeSets.prefix { $0.ordinal < set.ordinal }.reduce(0) { $0 + $1.changes.count }
    }

    /// The places of the changes that were erased before.
    package var erasedPlaces: [Int] {
        changeSets.lazy.flatMap(\.changes).enumerated().filter {
            $0.element.operation == .erased
        }.map(\.offset)
    }

    /// The same section with the changes at these places erased: all else is as it was, numbers and
    /// ordinals included.
    package func restated(erasing places: [Int]) -> Section {
        let erased = Set(places)
        var place = 0
        let sets = changeSets.map { set in
            ChangeSet(
                ordinal: set.ordinal, action: set.action, claimed: set.claimed,
                changes: set.changes.map { change in
                    defer { place += 1 }
                    return erased.contains(place) ? change.erased : change
                })
        }
        return Section(
            scope: scope, firstNumber: firstNumber, beyond: beyond, changeSets: sets)
    }
}

extension Change {
    /// Whether an erasure of its record takes it. A field that is not known here may hold a text.
    package var isErasable: Bool {
        switch operation {
        case .create, .delete, .restore, .leave, .erase, .erased: false
        case .set, .add, .remove, .contribute, .splice, .opaque:
            Schema.entity(entity)?.field(field)?.isErasable ?? true
        }
    }

    /// Whether an erasure could be said to have taken it: it writes a field, or did before it was
    /// erased. Nothing takes a record's life, whatever fields a later version erases.
    package var writesField: Bool {
        switch operation {
        case .create, .delete, .restore, .leave, .erase: false
        case .set, .add, .remove, .contribute, .splice, .opaque, .erased: true
        }
    }

    /// Whether it erases its record.
    package var isErasure: Bool { operation == .erase }

    /// What stands in its place once it is erased.
    package var erased: Change {
        Change(record: record, entity: entity, field: field, operation: .erased)
    }
}

extension PlacedChange {
    /// Whether an erasure of its record takes it: it writes an erasable field, and its author had
    /// not seen the erasure. Whoever says so of one that was written later than the change was
    /// admitted has seen nothing.
    ///
    /// - Parameter erasure: an erasure of the change's record in its scope.
    /// - Returns: false also for a change that writes nothing an erasure could take.
    package func isErased(by erasure: Erasure) -> Bool {
        guard change.isErasable else { return false }
        if device == erasure.device { return number < erasure.number }
        if let position, position <= erasure.seen { return true }
        return !context.contains(
            device: erasure.device, number: erasure.number, position: erasure.position)
    }

    /// The same change once it is erased.
    package var erased: PlacedChange {
        PlacedChange(
            change: change.erased, device: device, number: number, context: context,
            position: position, time: time)
    }
}
