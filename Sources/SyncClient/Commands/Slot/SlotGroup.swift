import ArgumentParser

/// `waymark slot`: the times that mentors offer.
struct SlotGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slot", abstract: "Offer times, see what is free",
        subcommands: [
            SlotAdd.self, SlotList.self, SlotEdit.self, SlotWithdraw.self, SlotLend.self,
            SlotReturn.self,
        ])
}
