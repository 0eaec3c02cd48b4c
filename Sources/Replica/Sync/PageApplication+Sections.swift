import Foundation
import GRDB
import Model
import Wire

extension PageApplication {
    /// Moves a section's changes into the tables; refused ones of this device become rejected
    /// items.
    mutating func apply(
        _ logged: StoreTransaction.LoggedSection, header: BatchHeader,
        admission: SectionAdmission, position: Position?, receipt: HubTime, batch: Digest
    ) throws {
        let isMine = isMine(logged.device, logged.sequence)
        var row = try store.scope(key: logged.scopeKey)
        guard let section = try? logged.content.open() else {
            row.setAside += try logged.content.outline().changeCount
            return try store.update(row)
        }
        let context =
            try position.map { try store.context(of: section, header: header, in: row, at: $0) }
            ?? section.context(of: logged.device, at: header.context)
        let placed = section.placed(
            device: logged.device, context: context, position: position,
            floor: admission.floor, receipt: receipt)
        var setAside = 0
        let isNews = !isMine && notifications.isNews(receipt)
        for (set, changes) in zip(section.changeSets, placed) {
            let refusal = admission.refusal(ofOrdinal: set.ordinal)
            if let refusal {
                // First, while the texts still say what was written into them.
                if isMine {
                    outcome.rejected += try store.reject(
                        set, by: logged.device, in: row, of: batch,
                        from: (logged.hash, section.firstPlace(of: set)), reason: refusal,
                        at: set.claimed)
                }
                for change in changes {
                    try store.withdraw(
                        change.change.record, entity: change.change.entity, in: row,
                        device: change.device, numbers: change.number...change.number)
                }
                if let first = changes.first, let last = changes.last {
                    try store.deleteNotifications(
                        of: first.device, numbers: first.number...last.number, in: row)
                }
                continue
            }
            if isMine { try noteAdmitted(set, in: row.scope, of: batch) }
            if isNews { outcome.news += try notifications.note(set.changes, changes, in: row) }
            for change in changes {
                if change.isSetAside { setAside += 1 }
                try store.admit(change, in: row)
                // On a new laptop the verdicts of old are no news.
                if change.change.entity == Schema.bookingVerdict.id, !isFirstSync,
                    case .create = change.change.operation
                {
                    outcome.verdicts.append(change.change.record)
                }
            }
        }
        try store.flushMany()
        if setAside > 0 {
            try store.flush()
            row = try store.scope(key: logged.scopeKey)
            row.setAside += setAside
            try store.update(row)
        }
    }
}
