import TestSupport

/// What people do on their laptops.
enum Deed: String, CaseIterable {
    case addTask, handOutTasks, editTask, deleteTask, restoreTask, commentTask
    case writeEntry, editEntry, tagEntry, shareEntry, deleteEntry, importEntries
    case addSlot, withdrawSlot, lendSlot, book, actOnBooking, moveBooking, giveFeedback, addEvent
    case addOffer, askAnyone
    case setProfile, setContact, beginMentorship, endMentorship, setStage
    case undo, erase, eraseRefused
    case useLaterVersion

    /// Work on what a mentor and a participant both see.
    static let ofTasks: [Deed] = [.editTask, .editTask, .deleteTask, .commentTask]

    private static let counts: [(Deed, Int)] = [
        (.addTask, 12), (.handOutTasks, 2), (.editTask, 18), (.deleteTask, 4),
        (.restoreTask, 3), (.commentTask, 3), (.writeEntry, 10), (.editEntry, 8), (.tagEntry, 6),
        (.shareEntry, 5), (.deleteEntry, 2), (.importEntries, 1), (.addSlot, 6),
        (.withdrawSlot, 2), (.lendSlot, 4), (.book, 12), (.actOnBooking, 8), (.moveBooking, 6),
        (.giveFeedback, 3), (.addEvent, 2), (.addOffer, 2), (.askAnyone, 4),
        (.setProfile, 3), (.setContact, 3), (.beginMentorship, 1), (.endMentorship, 1),
        (.setStage, 2), (.undo, 4), (.erase, 8), (.eraseRefused, 60),
        (.useLaterVersion, 12),
    ]

    private static let decks: [Emphasis: [Deed]] = Dictionary(
        uniqueKeysWithValues: Emphasis.allCases.map { emphasis in
            let deck = counts.flatMap { deed, count in
                Array(repeating: deed, count: count * emphasis.weight(of: deed))
            }
            return (emphasis, deck)
        })

    static func draw(_ seed: inout Seed, _ emphasis: Emphasis) -> Deed {
        seed.pick(decks[emphasis] ?? allCases)
    }
}
