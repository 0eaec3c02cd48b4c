import ArgumentParser
import Model
import Replica

struct NotificationRead: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Mark what you know by now, on all your laptops")

    @Argument(help: "Ids of notifications, or their beginnings")
    var ids: [NotificationReference] = []

    @Flag(help: "All that there are")
    var all = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard all != !ids.isEmpty else {
            throw ValidationError("Name notifications, or give --all for all of them.")
        }
    }

    func run(in context: CommandContext) async throws {
        let marked = try context.replica.act(
            "notification read", at: context.now, isUndoable: false
        ) { action in
            let known = try action.reader.notifications(includesRead: !all)
            let chosen = try all ? known : ids.map { try $0.resolve(among: known) }
            var fresh: [NotificationID] = []
            for notification in chosen where !notification.isRead {
                if !fresh.contains(notification.id) || all { fresh.append(notification.id) }
            }
            try action.markRead(fresh)
            return fresh
        }
        let unread = try context.replica.read { try $0.unreadNotifications().count }
        let count = SyncSummary.counted(marked.count, "notification")
        try context.output.write(
            json: [
                "read": .array(marked.map { .string($0.text) }), "unread": JSONValue(unread),
            ],
            text: unread == 0
                ? "Marked \(count) as read; nothing is left."
                : "Marked \(count) as read; \(unread) left.")
    }
}

/// A notification as people name it: by its id or the beginning of it.
struct NotificationReference: ExpressibleByArgument, Hashable, Sendable {
    let text: String

    init?(argument: String) { text = argument }

    func resolve(among known: [MemberNotification]) throws -> MemberNotification {
        let isPrefix = IDPrefix.isHexadecimal(text)
        guard !isPrefix || text.utf8.count >= Limits.prefixCharactersMin else {
            throw IDPrefix.tooShort(text)
        }
        let found = isPrefix ? known.filter { $0.id.text.hasPrefix(text.lowercased()) } : []
        guard let first = found.first else {
            throw IDPrefix.unknown(
                text, noun: "notification", list: "waymark notification list --all")
        }
        guard found.count == 1 else {
            throw IDPrefix.ambiguous(
                text, noun: "notification", candidates: found.map(\.id.text))
        }
        return first
    }
}
