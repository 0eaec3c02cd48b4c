/// What a version after this one declares besides what ``Schema`` does, so that programs of the two
/// can be tried on each other. What it declares is kept and judged, and has no table. No program
/// sets it.
package struct LaterSchema: Sendable {
    package let version: UInt32
    /// Entities with numbers above all of this version.
    package let entities: [Entity]
    /// Fields that entities of this version get.
    package let fields: [EntityID: [Field]]

    package init(version: UInt32, entities: [Entity], fields: [EntityID: [Field]]) {
        self.version = version
        self.entities = entities
        self.fields = fields
    }

    /// What the program that runs now knows; nil in this version.
    @TaskLocal package static var current: LaterSchema?
}
