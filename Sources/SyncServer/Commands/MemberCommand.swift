import ArgumentParser
import Model

struct MemberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member", abstract: "List members, suspend one, change a role",
        subcommands: [List.self, Suspend.self, Reinstate.self, ChangeRole.self],
        defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all members")

        @OptionGroup var options: HubOptions

        func run() throws {
            let rows = try options.reading { try $0.members().map(MemberDocument.init) }
            var columns = TextColumns("ID", "ROLE", "STATE", "E-MAIL", "NAME")
            for row in rows {
                columns.append(
                    String(row.id.prefix(8)), row.role, row.state, row.email ?? "-",
                    row.name ?? "-")
            }
            try options.output.write(rows, text: columns.text)
        }
    }

    struct Suspend: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take nothing more from a member and give them nothing more",
            discussion: """
                A pause: they go on where they were when it ends, nobody can book time with them \
                meanwhile, and their laptops keep what they have. Who is to lose what they could read \
                loses the mentorship, an admin the role, first: then it goes when they sync.
                """)

        @OptionGroup var member: MemberOptions

        func run() throws {
            try member.change(saying: { "Suspended \($0.id)" }) { hub, member in
                try hub.suspend(member, now: .ofThisMachine)
            }
        }
    }

    struct Reinstate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a suspension: the member goes on where they were")

        @OptionGroup var member: MemberOptions

        func run() throws {
            try member.change(saying: { "\($0.id) is active" }) { hub, member in
                try hub.reinstate(member, now: .ofThisMachine)
            }
        }
    }

    struct ChangeRole: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "role", abstract: "Give a member another role",
            discussion: """
                What they may read and write follows the new role from their next sync on; what they \
                may not read any more leaves their laptops. A mentor or participant keeps the role while \
                they have mentorships or meetings to come; you are told with whom.
                """)

        @OptionGroup var member: MemberOptions

        @Argument(help: "The new role")
        var role: Role

        func run() throws {
            try member.change(saying: { "\($0.id) has the role \($0.role)" }) { hub, member in
                try hub.setRole(role, of: member, now: .ofThisMachine)
            }
        }
    }
}

/// The member that a command is about.
struct MemberOptions: ParsableArguments {
    @OptionGroup var options: HubOptions

    @Argument(help: "The member: a prefix of the id, the e-mail address or the name")
    var who: String

    /// Changes something about the member, and shows them as they are then.
    func change(
        saying text: (MemberDocument) -> String, _ body: (Hub, MemberID) throws -> Void
    ) throws {
        let hub = try Hub.open(options.folder)
        let member = try hub.member(named: who)
        try body(hub, member)
        let document = MemberDocument(try hub.memberRow(member))
        try options.output.write(document, text: text(document))
    }
}

/// A member in JSON.
struct MemberDocument: Encodable {
    let id: String
    let name: String?
    let email: String?
    let role: String
    let state: String

    init(_ row: HubStore.MemberRow) {
        id = row.id.text
        name = row.name
        email = row.email
        role = row.role.name
        state = row.state.name
    }

    private enum Key: String, CodingKey { case id, name, email, role, state }

    // Absent values are null, so that scripts find every key.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(id, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(email, forKey: .email)
        try container.encode(role, forKey: .role)
        try container.encode(state, forKey: .state)
    }
}
