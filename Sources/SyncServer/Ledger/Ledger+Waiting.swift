import Model
import Replica

/// What waits for its verdict: until a recovery ends, or until who gives it back has given back all.
extension Ledger {
    /// Lets a request or an act wait for its verdict; of feedback, the rating counts at once and is
    /// shown with the next verdicts.
    func wait(_ event: AdmittedEvents.Event, admitted: Position, giver: DeviceID?) throws {
        switch event {
        case .request(let booking, let scope, let device):
            try store.wait(
                HubStore.WaitingAct(
                    record: booking, kind: .request, scope: scope, device: device,
                    admitted: admitted, giver: giver))
            // Nothing is ruled on before its request.
            for act in try store.acts(on: booking, in: tables.scope(scope)) {
                try store.set(giver: giver, ofWaiting: act)
            }
        case .act(let act, let scope):
            let other = try self.giver(ofRequestOf: act, in: scope)
            try store.wait(
                HubStore.WaitingAct(
                    record: act, kind: .act, scope: scope, device: act.device,
                    admitted: admitted, giver: other ?? giver))
        case .feedback(let feedback, let scope, let device):
            try Settlement(self).rate(feedback, in: scope, by: device)
        case .openRequest(let request, let scope, let device, let isNew):
            let values = try facts.values(of: request, entity: Schema.openRequest.id, in: scope)
            if values?[Fields.OpenRequest.cancelled]?.isTrue ?? false {
                // It waits for nothing. What had come of it is cancelled when all is there.
                _ = try store.markRuled(request)
                try store.stopWaiting(request)
            } else if isNew {
                try store.wait(
                    HubStore.WaitingAct(
                        record: request, kind: .openRequest, scope: scope, device: device,
                        admitted: admitted, giver: giver))
            }
        case .loan:
            // Whoever wanted a slot asks again; what was given back is seen when all is there.
            break
        }
    }

    /// Who gives back the request that an act is about, while that waits.
    private func giver(ofRequestOf act: RecordID, in scope: Scope) throws -> DeviceID? {
        let values = try facts.values(of: act, entity: Schema.bookingAct.id, in: scope)
        return try (values?[Fields.BookingAct.booking]?.reference).flatMap {
            try store.giver(ofWaiting: $0)
        }
    }
}
