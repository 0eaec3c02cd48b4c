import Model
import Replica
import Wire

extension ReplicaError: CommandFailureConvertible {
    var commandFailure: CommandFailure {
        switch reason {
        case .missing:
            CommandFailure(
                .refused, code: "noReplica", "There is no replica in \(subject)",
                hint: "Join a programme with: waymark join TOKEN --name NAME\n"
                    + "A replica elsewhere is named with --home or WAYMARK_HOME.")
        case .unreadable:
            CommandFailure(
                .refused, code: "unreadable", "The folder cannot be read: \(subject)",
                hint: "Check who owns it and its files; a folder elsewhere is named with --home.")
        case .exists:
            CommandFailure(
                .refused, code: "alreadyJoined", "There is a replica already in \(subject)",
                hint: "Another device of yours needs a folder of its own; name it with --home.")
        case .beingMade:
            CommandFailure(
                .refused, code: "busy", "A join is under way already in \(subject)",
                hint: "When it has finished, see how it ended with: waymark whoami")
        case .unfinished:
            CommandFailure(
                .refused, code: "noReplica", "A join was broken off before its end in \(subject)",
                hint: "Run waymark join again, with the same invitation; nothing was saved yet.")
        case .damaged:
            CommandFailure(
                .refused, code: "replicaDamaged", "The replica is damaged: \(subject)",
                hint: "See what is wrong, and what helps, with: waymark doctor")
        case .readOnly:
            CommandFailure(
                .refused, code: "readOnly", "The replica cannot be written: \(subject)",
                hint: "Check who owns the folder and its files, and whether the disk is mounted "
                    + "for reading only.")
        case .diskFull:
            CommandFailure(
                .refused, code: "diskFull", "The disk is full or failing; nothing was saved.",
                hint: "Make room where \(subject) lies, then try again.")
        case .busy:
            CommandFailure(
                .refused, code: "busy", "Another program keeps the replica locked.",
                hint: "Try again when the other command has finished.")
        case .newerVersion:
            CommandFailure(
                .refused, code: "newerVersion",
                "The replica was written by a later version of Waymark.",
                hint: "Install that version or a later one.")
        case .refused(let code): Self.refusal(RefusalReason(rawValue: code), of: subject)
        case .unknownRecord:
            CommandFailure(.refused, code: "unknownID", "The record is not in this replica.")
        case .scopeUnavailable:
            CommandFailure(
                .refused, code: "incomplete", "This part of the programme is still being fetched.",
                hint: "Run waymark sync, then try again.")
        case .badAnswer where subject == "signature":
            CommandFailure(
                .refused, code: "badAnswer",
                "What answered is not the hub of this programme; nothing of it was used.",
                hint: "Check the address; some networks want you to log in with a browser first.")
        case .badAnswer:
            CommandFailure(
                .refused, code: "badAnswer",
                "The hub's answer does not fit this replica (\(subject)); nothing of it was used.",
                hint: "Try again; if it stays like this, run waymark doctor and tell an admin.")
        case .badKey:
            CommandFailure(
                .refused, code: "badKey", "The device's key is missing or damaged: \(subject)",
                hint: "Restore the file from a backup, or save what is here with waymark export "
                    + "and make a new device with waymark device add on another one.")
        case .unreadableKey:
            CommandFailure(
                .refused, code: "badKey", "The device's key cannot be read: \(subject)",
                hint: "Check who owns the file, and that its owner may read it: chmod 600")
        case .tooLarge:
            CommandFailure(
                .badData, code: "tooLarge", "The text or the change is larger than one may be.",
                hint: "Split it into several.")
        case .inConflict:
            CommandFailure(
                .refused, code: "inConflict",
                "Different versions of \(subject) stand against each other.",
                hint: "Settle that first; see them with: waymark conflict list")
        case .notJoined:
            CommandFailure(
                .refused, code: "notJoined",
                "The hub has not let this device in yet, so others could not tell whose work it is.",
                hint: "Write a bundle for the hub, without --for; its answer lets you in.")
        case .noReader:
            CommandFailure(
                .refused, code: "noReader",
                "The member takes no part, or has no laptop that this one knows of.",
                hint: "A sync may bring it; a bundle for the hub can be written all the same.")
        case .freightFull:
            CommandFailure(
                .refused, code: "freightFull",
                "This laptop carries as many parcels of others as it can.",
                hint: "Run waymark sync, which hands them over, then read the bundle again.")
        case .setAside:
            CommandFailure(
                .refused, code: "newerVersion",
                "A newer program wrote something here that this one can only keep.",
                hint: "Bring this program up to date, then try again.")
        }
    }

    /// What a person reads when the hub would refuse the action, named by the command's words.
    private static func refusal(_ reason: RefusalReason, of action: String) -> CommandFailure {
        switch reason {
        case .notAllowed:
            CommandFailure(
                .notAllowed, code: reason.code,
                "Your role does not allow this \(action); nothing was changed.",
                hint: "See who you are here with: waymark whoami\n"
                    + "What is somebody else's they change themselves, or an admin does.")
        case .wrongScope:
            CommandFailure(
                .notAllowed, code: reason.code,
                "You have no access to the person or place of this \(action); nothing was changed.",
                hint: "See whom you work with: waymark mentorship list")
        case .deviceRevoked, .memberSuspended:
            CommandFailure(
                .notAllowed, code: reason.code, reason.sentence, hint: "Ask an admin.")
        default:
            CommandFailure(
                .refused, code: reason.code, reason.sentence, hint: "Nothing was changed.")
        }
    }
}

extension WireError: CommandFailureConvertible {
    var commandFailure: CommandFailure {
        if case .unsupportedVersion = reason { return HubFailure.otherVersion }
        return CommandFailure(
            .refused, code: "badAnswer", "The hub's answer cannot be used: \(detail)",
            hint: "Try again; if it stays like this, tell whoever runs the hub.")
    }
}

extension InvitationError: CommandFailureConvertible {
    var commandFailure: CommandFailure {
        let code =
            switch reason {
            case .damaged, .secretMissing, .secretWrong: "tokenDamaged"
            case .badSignature: "tokenForged"
            case .wrongProgramme: "wrongProgramme"
            case .unentitledIssuer, .roleRaised: "issuerNotEntitled"
            case .notYetValid: "tokenNotYetValid"
            case .expired: "tokenExpired"
            case .tooLong: "textTooLong"
            }
        let hint =
            switch reason {
            case .damaged, .secretMissing, .secretWrong:
                "Copy the whole invitation, from its first character to its last."
            case .tooLong: "Shorten the name or the e-mail address."
            case .notYetValid: "Try again later."
            default: "Ask for a new invitation."
            }
        return CommandFailure(.badData, code: code, description, hint: hint)
    }
}
