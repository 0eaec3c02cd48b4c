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
        switch (self, deed) {
        case (.handovers, .handOutTasks): return 12
        // By mentors alone, who are few: without them nothing can be booked.
        case (.meetings, .addSlot): return 12
        default: break
        }
        return favoured.contains(deed) ? 5 : 1
    }

    /// Whether whoever has done this mostly syncs at once, and one of those whom it concerns after
    /// them: seats are had and moved only by people who hear of each other before a meeting begins.
    func isToldAtOnce(_ deed: Deed) -> Bool { self == .meetings && favoured.contains(deed) }

    private var favoured: Set<Deed> {
        switch self {
        case .even, .handovers, .couriers: []
        case .tasks: [.addTask, .handOutTasks, .editTask, .deleteTask, .restoreTask, .commentTask]
        case .journals: [.writeEntry, .editEntry, .tagEntry, .shareEntry, .deleteEntry, .erase]
        case .meetings:
            [
                .addSlot, .withdrawSlot, .lendSlot, .book, .actOnBooking, .moveBooking,
                .giveFeedback, .addOffer, .askAnyone,
            ]
        }
    }
}
