import Model
import Testing

/// Who may write what: each entity, each operation, each role and relation, and the rules that no
/// table can say. The cases are in `protocol/vectors/permissions.json`.
@Suite struct PermissionTests {
    private static let vectors = Result { () throws -> PermissionVectors in
        try ProtocolFolder.vectors("permissions")
    }
    static let cases = (try? vectors.get().cases) ?? []
    private static let everybody: Set = [
        "hub", "admin", "mentor", "formerMentor", "otherMentor", "participant", "otherParticipant",
    ]

    @Test(arguments: cases)
    func changeSetIsJudgedAsTheVectorSays(example: PermissionVectors.Case) throws {
        let vectors = try Self.vectors.get()
        let facts = try vectors.facts()
        for (name, expected) in example.refusals {
            let author = try vectors.author(name)
            let refusal = try Permission.refusal(
                of: example.changes(by: author), by: author, facts: facts)
            #expect(refusal?.code == expected, "\(name)")
        }
    }

    /// No field and no operation is left out, for nobody.
    @Test func everyEntityAndFieldIsTriedByEverybody() throws {
        struct Tried: Hashable {
            let entity: UInt32
            let field: UInt32
            let isCreation: Bool
        }
        let vectors = try Self.vectors.get()
        #expect(Set(vectors.members.map(\.name) + ["hub"]) == Self.everybody)
        var tried: [Tried: Set<String>] = [:]
        var deleted: [UInt32: Set<String>] = [:]
        for example in vectors.cases {
            guard example.parts.count == 1, let change = example.parts[0].changes.first else {
                continue
            }
            let isCreation = change.content.operation == "create"
            guard isCreation || example.parts[0].changes.count == 1 else { continue }
            if change.content.operation == "delete" {
                deleted[change.entity, default: []].formUnion(example.refusals.keys)
            }
            let what = Tried(
                entity: change.entity, field: change.content.field, isCreation: isCreation)
            tried[what, default: []].formUnion(example.refusals.keys)
        }
        for entity in Schema.entities {
            let creation = Tried(entity: entity.id.rawValue, field: 0, isCreation: true)
            #expect(tried[creation] == Self.everybody, "\(entity.name)")
            #expect(deleted[entity.id.rawValue] == Self.everybody, "\(entity.name)")
            for field in entity.fields {
                let change = Tried(
                    entity: entity.id.rawValue, field: field.id.rawValue, isCreation: false)
                #expect(tried[change] == Self.everybody, "\(entity.name) \(field.name)")
            }
        }
    }

    @Test func emptyChangeSetIsAllowed() throws {
        let vectors = try Self.vectors.get()
        let facts = try vectors.facts()
        #expect(
            try Permission.refusal(of: [], by: vectors.author("participant"), facts: facts) == nil)
    }

    // MARK: Reading

    /// Who reads which scope, for every kind of scope and everybody.
    @Test func readersAreWhoTheTableSays() throws {
        let vectors = try Self.vectors.get()
        let facts = try vectors.facts()
        func member(_ name: String) throws -> MemberID {
            try #require(vectors.author(name).member)
        }
        let everybody = Self.everybody.subtracting(["hub"])
        let (mentor, participant) = (try member("mentor"), try member("participant"))
        let readers: [(Scope, Set<String>)] = [
            (.programme, everybody), (.slots(of: mentor), everybody),
            (.participant(participant), ["participant", "mentor", "admin"]),
            (.pair(mentor: mentor, participant: participant), ["participant", "mentor", "admin"]),
            (
                .pair(mentor: try member("formerMentor"), participant: participant),
                ["participant", "formerMentor", "admin"]
            ),
            (.own(participant), ["participant"]), (.own(mentor), ["mentor"]),
            (.contact(of: participant), ["participant", "mentor", "admin"]),
            (.contact(of: mentor), ["participant", "mentor", "admin"]),
            (.contact(of: try member("admin")), ["admin"]),
            (.invitations(by: mentor), ["mentor", "admin"]),
        ]
        for (scope, expected) in readers {
            for name in everybody {
                let author = try vectors.author(name)
                let mayRead = ScopeAccess.mayRead(
                    scope, member: try member(name), role: author.role,
                    isCurrentMentor: facts.isCurrentMentor)
                #expect(mayRead == expected.contains(name), "\(scope.kind) \(name)")
            }
        }
    }

    @Test func mentorsInviteParticipantsAndAdminsEverybody() {
        for role in Role.allCases {
            #expect(Role.admin.mayInvite(role))
            #expect(Role.mentor.mayInvite(role) == (role == .participant))
            #expect(!Role.participant.mayInvite(role))
        }
    }
}
