import ArgumentParser
import Model
import Replica

struct StatusCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what is unsent, what waits, and how all changes made here stand")

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let status = try replica.status()
        let now = context.presentMilliseconds
        let clashes = try replica.read { try MeetingOverlap.clashCount(after: now, $0) }
        let contact = ContactFile.read(in: context.home)
        let offset = contact?.clockOffsetMs(inBoot: context.surroundings.bootID)
        if let sentence = ClockNotice.sentence(offsetMs: offset) { context.output.warn(sentence) }
        let standing = HubStanding(context)
        let isRecovering = contact?.hubIsRecovering ?? false
        if isRecovering { context.output.warn(HubRecoveryNotice.sentence) }
        if status.isGivingBack {
            context.output.warn(
                "The hub was set back and does not have all from this laptop yet; run waymark sync."
            )
        }
        if status.isForked { context.output.warn(ForkNotice.sentence) }
        if let standing {
            context.output.warn(standing.sentence)
            if standing.isAboutInvitation {
                context.output.writeError("\(HubStanding.invitationHint)")
            } else if let sentence = HubStanding.unsentSentence(status.unsentChanges) {
                context.output.writeError(sentence)
            }
        } else if !replica.identity.isRedeemed {
            context.output.warn("The hub does not know this device yet; run waymark sync.")
        }
        try context.output.write(
            json: json(
                status, lastSyncAt: contact?.lastSyncAt, offset: offset,
                isRecovering: isRecovering
            ).adding([
                "clashes": JSONValue(clashes), "refusal": JSONValue(standing?.rawValue),
            ]),
            text: text(status, standing, lastSyncAt: contact?.lastSyncAt, clashes: clashes, context)
        )
    }

    private func json(
        _ status: ReplicaStatus, lastSyncAt: Int64?, offset: Int64?, isRecovering: Bool
    ) -> JSONValue {
        let account = status.account
        return [
            "unsent": [
                "changes": JSONValue(status.unsentChanges),
                "records": JSONValue(status.unsentRecords),
            ],
            "waiting": JSONValue(status.waitingBookings),
            "conflicts": JSONValue(status.conflicts),
            "conflictsOfOthers": JSONValue(status.conflictsOfOthers),
            "rejected": JSONValue(status.rejected), "unread": JSONValue(status.unread),
            "lastSyncAt": .time(lastSyncAt), "clockOffsetMs": JSONValue(offset),
            "complete": .bool(status.isComplete),
            "historyComplete": .bool(status.hasWholeHistory),
            "hubIsRecovering": .bool(isRecovering),
            "givingBack": .bool(status.isGivingBack), "forked": .bool(status.isForked),
            "changes": [
                "made": JSONValue(account.made), "inForce": JSONValue(account.inForce),
                "superseded": JSONValue(account.superseded),
                "siblings": JSONValue(account.siblings), "merged": JSONValue(account.merged),
                "rejected": JSONValue(account.rejected), "waiting": JSONValue(account.waiting),
                "setAside": JSONValue(account.setAside),
            ],
        ]
    }

    private func text(
        _ status: ReplicaStatus, _ standing: HubStanding?, lastSyncAt: Int64?, clashes: Int,
        _ context: CommandContext
    ) throws -> TerminalText {
        let account = status.account
        let ago = lastSyncAt.map { RelativeTime.string($0, now: context.now.milliseconds) }
        // The file that says when may be lost; that the hub was reached the replica knows.
        let unknown = try context.replica.identity.isRedeemed ? "not known here" : "never"
        func count(_ number: Int, _ hint: String) -> TerminalText {
            number == 0 ? "none" : "\(number)  (\(hint))"
        }
        let unsent = SyncSummary.counted(status.unsentChanges, "change")
        let records = SyncSummary.counted(status.unsentRecords, "record")
        let complete: TerminalText =
            !status.isComplete
            ? standing == nil ? "no; run waymark sync" : "no"
            : status.hasWholeHistory
                ? "yes" : "yes; older changes, for waymark history, come with the next syncs"
        return Facts.text([
            ("Last sync", TerminalText(ago ?? unknown)),
            ("Complete", complete),
            ("Unsent", status.unsentChanges == 0 ? "nothing" : "\(unsent) in \(records)"),
            ("Waiting for a verdict", count(status.waitingBookings, "waymark booking list")),
            ("Conflicts", count(status.conflicts, "waymark conflict list")),
            ("Meetings that clash", count(clashes, "waymark agenda month")),
            ("Rejected", count(status.rejected, "waymark rejected list")),
            ("New for you", count(status.unread, "waymark notification list")),
            (
                "Changes made here",
                """
                \(account.made): \(account.inForce) in force, \(account.superseded) superseded, \
                \(account.siblings) siblings, \(account.merged) merged, \
                \(account.rejected) rejected, \(account.waiting) waiting, \
                \(account.setAside) set aside
                """
            ),
        ])
    }
}
