import Model
import Testing

/// The booking machine, event by event: everything that is not named here has no effect.
@Suite struct BookingMachineTests {
    private struct Event: Hashable {
        let act: BookingActKind
        let state: BookingState
        let hasStarted: Bool
    }

    private static let effects: [Event: Result<BookingState, BookingMachine.Ineffective>] = [
        Event(act: .approve, state: .held, hasStarted: false): .success(.confirmed),
        Event(act: .approve, state: .held, hasStarted: true): .failure(.init(.slotStarted)),
        Event(act: .decline, state: .held, hasStarted: false): .success(.declined),
        Event(act: .decline, state: .held, hasStarted: true): .success(.declined),
        Event(act: .cancel, state: .requested, hasStarted: false): .success(.cancelled),
        Event(act: .cancel, state: .requested, hasStarted: true): .success(.cancelled),
        Event(act: .cancel, state: .waitlisted, hasStarted: false): .success(.cancelled),
        Event(act: .cancel, state: .waitlisted, hasStarted: true): .success(.cancelled),
        Event(act: .cancel, state: .held, hasStarted: false): .success(.cancelled),
        Event(act: .cancel, state: .held, hasStarted: true): .success(.cancelled),
        Event(act: .cancel, state: .confirmed, hasStarted: false): .success(.cancelled),
        Event(act: .cancel, state: .confirmed, hasStarted: true): .failure(.init(.slotStarted)),
        Event(act: .complete, state: .confirmed, hasStarted: true): .success(.completed),
        Event(act: .complete, state: .confirmed, hasStarted: false): .failure(.init(.notStarted)),
        Event(act: .missed, state: .confirmed, hasStarted: true): .success(.missed),
        Event(act: .missed, state: .confirmed, hasStarted: false): .failure(.init(.notStarted)),
        Event(act: .move, state: .held, hasStarted: false): .success(.held),
        Event(act: .move, state: .held, hasStarted: true): .failure(.init(.slotStarted)),
        Event(act: .move, state: .confirmed, hasStarted: false): .success(.confirmed),
        Event(act: .move, state: .confirmed, hasStarted: true): .failure(.init(.slotStarted)),
        Event(act: .acceptMove, state: .held, hasStarted: false): .success(.confirmed),
        Event(act: .acceptMove, state: .held, hasStarted: true): .failure(.init(.slotStarted)),
        Event(act: .acceptMove, state: .confirmed, hasStarted: false): .success(.confirmed),
        Event(act: .acceptMove, state: .confirmed, hasStarted: true): .failure(.init(.slotStarted)),
        Event(act: .refuseMove, state: .held, hasStarted: false): .success(.held),
        Event(act: .refuseMove, state: .held, hasStarted: true): .success(.held),
        Event(act: .refuseMove, state: .confirmed, hasStarted: false): .success(.confirmed),
        Event(act: .refuseMove, state: .confirmed, hasStarted: true): .success(.confirmed),
        Event(act: .grant, state: .requested, hasStarted: false): .success(.confirmed),
        Event(act: .grant, state: .requested, hasStarted: true): .success(.confirmed),
        Event(act: .grant, state: .held, hasStarted: false): .success(.confirmed),
        Event(act: .grant, state: .held, hasStarted: true): .success(.confirmed),
        Event(act: .grant, state: .waitlisted, hasStarted: false): .success(.confirmed),
        Event(act: .grant, state: .waitlisted, hasStarted: true): .success(.confirmed),
        Event(act: .grant, state: .refused, hasStarted: false): .success(.confirmed),
        Event(act: .grant, state: .refused, hasStarted: true): .success(.confirmed),
        Event(act: .grant, state: .confirmed, hasStarted: false): .success(.confirmed),
        Event(act: .grant, state: .confirmed, hasStarted: true): .success(.confirmed),
    ]

    @Test(arguments: BookingActKind.allCases, BookingState.allCases)
    func actHasTheEffectThatIsSaidOrNone(act: BookingActKind, state: BookingState) {
        for hasStarted in [false, true] {
            let expected =
                Self.effects[Event(act: act, state: state, hasStarted: hasStarted)]
                ?? .failure(.init(.wrongState))
            #expect(BookingMachine.apply(act, to: state, hasStarted: hasStarted) == expected)
        }
    }

    /// Promise 4: nothing ends a confirmed booking but a person's act, and what ended stays so. Only
    /// what the hub refused can be given all the same, by whoever had the slot on loan.
    @Test func endedBookingsNeverMove() {
        for state in [BookingState.refused, .declined, .cancelled, .completed, .missed] {
            for act in BookingActKind.allCases where act != .grant || state != .refused {
                for hasStarted in [false, true] {
                    #expect(
                        BookingMachine.apply(act, to: state, hasStarted: hasStarted)
                            == .failure(.init(.wrongState)))
                }
            }
        }
    }

    /// No act gives back a seat that was freed, but by whoever has it to give.
    @Test func noActTakesASeatAgain() {
        for act in BookingActKind.allCases where act != .grant {
            for state in BookingState.allCases where !state.takesSeat {
                for hasStarted in [false, true] {
                    let result = BookingMachine.apply(act, to: state, hasStarted: hasStarted)
                    if case .success(let next) = result { #expect(!next.takesSeat) }
                }
            }
        }
    }

    @Test func mentorsRequestAndInstantSlotNeedNoApproval() {
        #expect(BookingMachine.granted(isInstant: false, byMentor: false) == .held)
        #expect(BookingMachine.granted(isInstant: true, byMentor: false) == .confirmed)
        #expect(BookingMachine.granted(isInstant: false, byMentor: true) == .confirmed)
        #expect(BookingMachine.granted(isInstant: true, byMentor: true) == .confirmed)
    }

    @Test func mentorRulesOnRequestsBothMoveAndEverybodyConcernedCancels() {
        for act in BookingActKind.allCases {
            #expect(act.mayBeSaid(by: .mentor))
            #expect(act.mayBeSaid(by: .participant) == (act == .cancel || act.isAboutMoves))
            #expect(act.mayBeSaid(by: .admin) == (act == .cancel))
        }
    }

    @Test func wordsAreStableAndDifferent() {
        #expect(
            BookingState.allCases.map(\.name) == [
                "requested", "held", "confirmed", "refused", "declined", "cancelled", "completed",
                "missed", "waitlisted",
            ])
        for state in BookingState.allCases { #expect(BookingState(name: state.name) == state) }
        #expect(BookingState(name: "taken") == nil)
        #expect(
            BookingActKind.allCases.map(\.name) == [
                "approve", "decline", "cancel", "complete", "missed", "move", "accept-move",
                "refuse-move", "grant",
            ])
        #expect(
            VerdictReason.allCases.map(\.code) == [
                "slotTaken", "slotWithdrawn", "slotStarted", "slotUnknown", "participantBusy",
                "mentorBusy", "expired", "wrongState", "notStarted", "moveClosed", "tooLate",
                "dayFull", "slotLent", "noneFree", "notHolder", "undecided", "nobodyFree",
                "mentorSuspended",
            ])
        #expect(VerdictReason.allCases.map(\.rawValue) == Array(1...18))
        #expect(BookingState.allCases.map(\.rawValue) == Array(1...9))
    }
}
