/// What a programme is mostly about; a course has one, so that rare things meet often in some runs.
enum Emphasis: CaseIterable {
    /// A bit of everything.
    case even
    /// Tasks, and who may see them.
    case tasks
    /// Journals: written, shared, taken back, erased.
    case journals
    /// Slots, requests, acts.
    case meetings
    /// Few mentors with many participants and many tasks for each, of whom one after the other is
    /// taken from them: what leaves a table of several pages leaves nothing behind.
    case handovers
    /// A village without a network: work goes round on sticks, and few ever meet the hub.
    case couriers

    /// How much more likely than otherwise a deed is.
    func weight(of deed: Deed) -> Int {
        if self == .handovers, deed == .handOutTasks { return 12 }
        let isFavoured =
            switch self {
            case .even, .handovers, .couriers: false
            case .tasks:
                [
                    .addTask, .handOutTasks, .editTask, .deleteTask, .restoreTask, .commentTask,
                ].contains(deed)
            case .journals:
                [.writeEntry, .editEntry, .tagEntry, .shareEntry, .deleteEntry, .erase]
                    .contains(deed)
            case .meetings:
                [
                    .addSlot, .withdrawSlot, .lendSlot, .book, .actOnBooking, .moveBooking,
                    .giveFeedback, .addOffer, .askAnyone,
                ].contains(deed)
            }
        return isFavoured ? 5 : 1
    }
}
