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
            let rows = try Hub.open(options.folder).members().map(MemberDocument.init)
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
            abstract: "Take nothing more from a member and give them nothing more")

        @OptionGroup var options: HubOptions

        @Argument(help: "The member: a prefix of the id, the e-mail address or the name")
        var who: String

        func run() throws {
            let hub = try Hub.open(options.folder)
            let member = try hub.member(named: who)
            try hub.suspend(member, now: .ofThisMachine)
            let document = MemberDocument(try hub.memberRow(member))
            try options.output.write(document, text: "Suspended \(document.id)")
        }
    }

    struct Reinstate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a suspension: the member goes on where they were")

        @OptionGroup var options: HubOptions

        @Argument(help: "The member: a prefix of the id, the e-mail address or the name")
        var who: String

        func run() throws {
            let hub = try Hub.open(options.folder)
            let member = try hub.member(named: who)
            try hub.reinstate(member, now: .ofThisMachine)
            let document = MemberDocument(try hub.memberRow(member))
            try options.output.write(document, text: "\(document.id) is active")
        }
    }

    struct ChangeRole: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "role", abstract: "Give a member another role",
            discussion: """
                What they may read and write follows the new role from their next sync on; what they
                may not read any more leaves their laptops. Their mentorships stand.
                """)

        @OptionGroup var options: HubOptions

        @Argument(help: "The member: a prefix of the id, the e-mail address or the name")
        var who: String

        @Argument(help: "The new role")
        var role: Role

        func run() throws {
            let hub = try Hub.open(options.folder)
            let member = try hub.member(named: who)
            try hub.setRole(role, of: member, now: .ofThisMachine)
            let document = MemberDocument(try hub.memberRow(member))
            try options.output.write(
                document, text: "\(document.id) has the role \(document.role)")
        }
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
