/// An entity, declared once, as data. From its declaration come the table in SQLite, the
/// projection, the permission check and the table in `protocol/`.
///
/// A class, because declarations are looked up for every change: handing one on costs one count of
/// references, not one for each of its lists.
package final class Entity: Sendable {
    package let id: EntityID
    /// The table's name in SQLite and the word in JSON and `protocol/`.
    package let name: String
    /// The scopes its records may lie in.
    package let scopes: [Scope.Kind]
    package let creators: [Party]
    package let deleters: [Party]
    /// Who may have the record's texts erased for good; nobody where it is empty.
    package let erasers: [Party]
    package let fields: [Field]
    /// The place of each field in ``fields`` by its number; -1 for a number that no field has.
    private let places: [Int]

    package init(
        _ id: UInt32, _ name: String, scopes: [Scope.Kind], creators: [Party],
        deleters: [Party] = [], erasers: [Party] = [], fields: [Field]
    ) {
        self.id = EntityID(id)
        self.name = name
        self.scopes = scopes
        self.creators = creators
        self.deleters = deleters
        self.erasers = erasers
        self.fields = fields
        let last = fields.map(\.id.rawValue).max() ?? 0
        var places = [Int](repeating: -1, count: Int(last) + 1)
        for (place, field) in fields.enumerated() { places[Int(field.id.rawValue)] = place }
        self.places = places
    }

    package func field(_ id: FieldID) -> Field? {
        place(of: id).map { fields[$0] }
            ?? LaterSchema.current?.fields[self.id]?.first { $0.id == id }
    }
    package func field(named name: String) -> Field? { fields.first { $0.name == name } }

    package func type(of field: FieldID) -> FieldType? { place(of: field).map { fields[$0].type } }

    /// Which of ``fields`` has this number, if any.
    package func place(of field: FieldID) -> Int? {
        guard field.rawValue < places.count else { return nil }
        let place = places[Int(field.rawValue)]
        return place < 0 ? nil : place
    }
}

extension Entity: Hashable {
    package static func == (left: Entity, right: Entity) -> Bool { left.id == right.id }
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
