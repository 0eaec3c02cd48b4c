import ArgumentParser
import Foundation
import Model
import Replica
import Wire

struct JoinCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Join a programme with an invitation",
        discussion: """
            The invitation is checked without a network. If the hub cannot be reached, you can start \
            to work; the next sync redeems it. If the hub then refuses the invitation, join with \
            another one in the same folder: what you wrote goes along. Until the hub has let you in, \
            join with the same invitation takes another --name, too.
            """)

    @Argument(help: ArgumentHelp("The invitation, or - for standard input", valueName: "token"))
    var token: String

    @Option(help: "Your name, as the programme sees it")
    var name: String?

    @Option(
        help: ArgumentHelp("Where the hub is, if not where the invitation says", valueName: "url"))
    var hub: String?

    @Option(help: "What to call this device; its computer's name unless given")
    var deviceName: String?

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let text = try context.textInput("invitation").read(token)
        let (invitation, bearer) = try InvitationToken.read(text)
        let address = try HubAddress(
            hub ?? invitation.hubURL, trusted: invitation.hubURL, pin: invitation.pin)
        let makeJoining = {
            Replica.Joining(
                invitation: invitation, bearer: bearer, name: try memberName(invitation, context),
                deviceName: try context.shortText(
                    deviceName ?? context.surroundings.machineName, "device's name"),
                hubURL: address.text)
        }
        // Two joins at once would spoil each other's home.
        try await Replica.withHome(reservedAt: context.home) {
            if Replica.exists(at: context.home) {
                try await goOn(with: invitation, address, in: context, makeJoining)
            } else {
                try await begin(makeJoining(), address, in: context)
            }
        }
    }

    /// Makes a replica, and redeems its invitation if the hub can be reached.
    private func begin(
        _ joining: Replica.Joining, _ address: HubAddress, in context: CommandContext
    ) async throws {
        let invitation = joining.invitation
        let certificate: [UInt8]?
        switch try await greet(address, invitation, context) {
        case .reached(let found): certificate = found
        case .unreachable(let failure):
            try requireBelievable(invitation, context)
            context.adopt(
                try Replica.create(at: context.home, joining: joining, now: context.now))
            tellPending(failure, context)
            return try show(.pending, in: context)
        }
        context.adopt(try Replica.create(at: context.home, joining: joining, now: context.now))
        if let certificate {
            HubCertificateFile.write(certificate, to: HubCertificateFile.path(in: context.home))
        }
        do {
            try await redeem(in: context)
        } catch let answer as HubFailure.Answer where answer.isAboutInvitation {
            // The hub has said no to an invitation with which nobody has worked yet.
            try context.replica.discard()
            let failure = answer.commandFailure
            throw CommandFailure(
                failure.kind, code: failure.code, failure.message,
                hint: "Ask for a new invitation; nothing was kept of this one.")
        }
    }

    /// Redeems what an earlier join left open; a name that is given now counts. With another
    /// invitation, what was written since goes along.
    private func goOn(
        with invitation: InvitationToken, _ address: HubAddress, in context: CommandContext,
        _ makeJoining: () throws -> Replica.Joining
    ) async throws {
        let replica = try context.replica
        guard !replica.identity.isRedeemed else {
            throw ReplicaError(.exists, context.home)
        }
        let isSame =
            replica.identity.member == invitation.member
            && replica.identity.programme == invitation.programme
        if isSame {
            try replica.introduceAgain(
                as: newName(invitation, context), at: context.now)
        } else {
            let joining = try makeJoining()
            let reachability = try await greet(address, invitation, context)
            if case .unreachable = reachability { try requireBelievable(invitation, context) }
            try await replica.join(anew: joining, now: context.now)
            let path = HubCertificateFile.path(in: context.home)
            try? FileManager.default.removeItem(atPath: path)
            if case .reached(let certificate?) = reachability {
                HubCertificateFile.write(certificate, to: path)
            }
        }
        try await redeem(in: context)
    }

    private func redeem(in context: CommandContext) async throws {
        do {
            _ = try await HubAccess(context, url: hub).sync()
        } catch {
            let failure = CommandFailure(describing: error)
            guard failure.kind == .unreachable || failure.code == "badAnswer" else { throw error }
            if try context.replica.identity.isRedeemed {
                context.output.warn("The first sync broke off; waymark sync goes on with it.")
            } else {
                tellPending(failure, context)
            }
        }
        try show(context.replica.identity.isRedeemed ? .joined : .pending, in: context)
    }

    private enum Reachability {
        case reached(certificate: [UInt8]?)
        case unreachable(CommandFailure)
    }

    private func greet(
        _ address: HubAddress, _ invitation: InvitationToken, _ context: CommandContext
    ) async throws -> Reachability {
        do {
            return .reached(
                certificate: try await context.surroundings.transport.greet(
                    address, pin: invitation.pin))
        } catch {
            let failure = CommandFailure(describing: error)
            guard failure.kind == .unreachable else { throw error }
            return .unreachable(failure)
        }
    }

    /// Without the hub, an expired invitation is refused where the clock may be right, and taken
    /// where the clock cannot be: the hub will judge.
    private func requireBelievable(
        _ invitation: InvitationToken, _ context: CommandContext
    ) throws {
        let standing = OfflineStanding(of: invitation, now: context.now)
        switch standing {
        case .good: break
        case .expired: throw InvitationError(.expired)
        case .uncertain:
            context.output.warn(
                """
                The clock of this computer is uncertain, so the hub will say whether the \
                invitation is still good.
                """)
        }
    }

    /// How somebody calls themselves who has begun to join: another name than before, or the first
    /// one where the earlier join was cut off before there was any. Nil where nothing changes.
    private func newName(
        _ invitation: InvitationToken, _ context: CommandContext
    ) throws -> String? {
        guard invitation.role != nil else { return nil }
        if name == nil, try knownName(context) != nil { return nil }
        return try memberName(invitation, context)
    }

    private func knownName(_ context: CommandContext) throws -> String? {
        guard Replica.exists(at: context.home) else { return nil }
        return try context.replica.read { try $0.person($0.identity.member)?.name }
    }

    private func memberName(
        _ invitation: InvitationToken, _ context: CommandContext
    ) throws -> String {
        // A further device brings no name; its member has one.
        guard invitation.role != nil else { return "" }
        let known = try knownName(context)
        guard let name = name ?? invitation.name ?? known else {
            throw CommandFailure(
                .usage, code: "missingName", "Your name is missing.",
                hint: "Add it: waymark join TOKEN --name \"Ada Lovelace\"")
        }
        return try context.shortText(name, "name")
    }

    /// Says why the hub has not redeemed the invitation yet, and that this keeps nobody from work.
    private func tellPending(_ failure: CommandFailure, _ context: CommandContext) {
        let reason: TerminalText =
            switch failure.code {
            case "hubUnreachable": "The hub cannot be reached."
            case "hubBusy", "busy", "tooManyRequests": "The hub is busy."
            case "badAnswer":
                """
                What answered is not the hub; some networks want you to log in with a browser \
                first.
                """
            default: "The hub is in trouble."
            }
        context.output.warn(
            "\(reason) You can start to work; waymark sync will finish joining.")
    }

    private enum State: String { case joined, pending }

    private func show(_ state: State, in context: CommandContext) throws {
        let replica = try context.replica
        let identity = replica.identity
        let (name, role) = try replica.read { reader in
            (
                try reader.person(identity.member)?.name,
                try reader.role(of: identity.member) ?? identity.role
            )
        }
        try context.output.write(
            json: [
                "member": [
                    "id": .string(identity.member.text), "name": JSONValue(name),
                    "role": .string(role.name),
                ],
                "device": ["id": .string(identity.device.text)],
                "hub": [
                    "id": .string(identity.programme.text), "url": .string(identity.hubURL),
                ],
                "state": .string(state.rawValue),
            ],
            text: state == .joined
                ? "Joined \(identity.programmeName, .emphasis) as \(role.name)."
                : "Ready to join \(identity.programmeName, .emphasis) as \(role.name).")
    }
}

/// What a device without a network makes of an invitation's times.
enum OfflineStanding: Equatable {
    case good
    /// The clock says before the invitation was made, or so long after its end that it is more
    /// likely wrong than somebody so late.
    case uncertain
    case expired

    /// How late somebody may plausibly be.
    private static let plausibleDelayMilliseconds: Int64 = 86_400_000

    init(of invitation: InvitationToken, now: ClaimedTime) {
        let now = now.milliseconds
        if now < invitation.issuedAtMilliseconds {
            self = .uncertain
        } else if invitation.validity(at: now) == .expired {
            let delay = now - invitation.expiresAtMilliseconds
            self = delay > Self.plausibleDelayMilliseconds ? .uncertain : .expired
        } else {
            self = .good
        }
    }
}
