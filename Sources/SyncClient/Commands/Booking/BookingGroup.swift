import ArgumentParser

/// `waymark booking`: requests for slots, and what becomes of them.
struct BookingGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "booking", abstract: "Ask for a time, approve, move, cancel, complete",
        discussion: "The hub rules on requests and acts when you sync; until then they are wishes.",
        subcommands: [
            BookingRequest.self, BookingList.self, BookingShow.self, BookingApprove.self,
            BookingDecline.self, BookingCancel.self, BookingComplete.self, BookingMissed.self,
            BookingMoveCommand.self, BookingAcceptMove.self, BookingRefuseMove.self,
            BookingNotes.self, BookingAttendance.self, BookingPayment.self,
        ])
}
