/// An entity, declared once, as data. From its declaration come the table in SQLite, the
/// projection, the permission check and the table in `protocol/`.
package struct Entity: Hashable, Sendable {
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
    }

    package func field(_ id: FieldID) -> Field? { fields.first { $0.id == id } }
    package func field(named name: String) -> Field? { fields.first { $0.name == name } }
}
