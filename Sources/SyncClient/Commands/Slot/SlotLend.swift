import ArgumentParser
import Model
import Replica

/// `waymark slot lend`: escrow. The hub lends slots to this laptop, which alone gives their seats
/// away then, for good and without a network.
struct SlotLend: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "lend", abstract: "Have the hub lend slots to this laptop, to confirm offline",
        discussion: """
            Sync after it: the hub lends what nobody has booked, and sells none of it until this \
            laptop gives it back with waymark slot return. Until then what you approve or request \
            for a participant here is confirmed for good, also without a network.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The slots' ids or their beginnings")
    var slots: [RecordReference]

    func run(in context: CommandContext) async throws {
        try LoanRequest.ask(for: slots, isWanted: true, in: context)
    }
}

struct SlotReturn: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "return", abstract: "Give slots that this laptop has on loan back to the hub")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The slots' ids or their beginnings")
    var slots: [RecordReference]

    func run(in context: CommandContext) async throws {
        try LoanRequest.ask(for: slots, isWanted: false, in: context)
    }
}

private enum LoanRequest {
    static func ask(
        for slots: [RecordReference], isWanted: Bool, in context: CommandContext
    ) throws {
        let now = StartClock(context).now
        let ids = try context.replica.act(
            isWanted ? "slot lend" : "slot return", at: context.now, isUndoable: false
        ) { action in
            var ids: [RecordID] = []
            for reference in slots {
                let slot = SlotView(try SlotSeries.own(reference, in: action.reader), now: now)
                let device = action.reader.identity.device
                let isHeldHere = try slot.holder.map { try action.reader.isOrWas($0) } ?? false
                let failure =
                    isWanted
                    ? objection(toLending: slot, isHeldHere: isHeldHere)
                    : objection(
                        toReturning: slot, isHeldHere: isHeldHere || slot.lendTo == device)
                if let failure { throw failure }
                try action.set(
                    Fields.Slot.lendTo, of: slot.record.id, Schema.slot, in: slot.record.scope,
                    to: isWanted ? .integer(device.column) : .null)
                try action.endSet()
                ids.append(slot.record.id)
            }
            return ids
        }
        try SlotOutput.showAll(ids, in: context)
    }

    private static func objection(
        toLending slot: SlotView, isHeldHere: Bool
    ) -> CommandFailure? {
        let id = slot.record.id.shortText
        if slot.state == .withdrawn {
            return CommandFailure(
                .refused, code: VerdictReason.slotWithdrawn.code,
                "The slot \(id) is withdrawn.", hint: "See yours with: waymark slot list")
        }
        if slot.decideAt != nil {
            return CommandFailure(
                .refused, code: VerdictReason.undecided.code,
                "Requests for the slot \(id) gather until the hub decides on them.",
                hint: "Only slots without --decide-at can be lent.")
        }
        if slot.holder != nil, !isHeldHere {
            return CommandFailure(
                .refused, code: VerdictReason.slotLent.code,
                "Another laptop of yours has the slot \(id) on loan.",
                hint: "Give it back there with: waymark slot return \(id)")
        }
        return nil
    }

    private static func objection(
        toReturning slot: SlotView, isHeldHere: Bool
    ) -> CommandFailure? {
        let id = slot.record.id.shortText
        if isHeldHere { return nil }
        return CommandFailure(
            .refused, code: VerdictReason.notHolder.code,
            slot.holder == nil
                ? "The slot \(id) is not on loan."
                : "Another laptop of yours has the slot \(id) on loan.",
            hint: slot.holder == nil
                ? "See yours with: waymark slot list"
                : "Give it back there with: waymark slot return \(id)")
    }
}
