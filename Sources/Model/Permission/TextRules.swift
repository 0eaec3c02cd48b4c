/// Whether an edit fits the text that it edits.
enum TextRules {
    /// Checks an edit, and takes it in if nothing speaks against it.
    static func refusal(
        of change: Change, by device: DeviceID, in text: inout FieldText,
        facts: any PermissionFacts
    ) throws -> RefusalReason? {
        guard let edit = change.textEdit(by: device),
            // Many tools, SQLite's shell among them, take it for the end of the text.
            !edit.insertedText.utf8.contains(0)
        else { return .malformed }
        let sizeBefore: Int
        if text.isUnwritten {
            sizeBefore = 0
            guard edit.parents == .empty else { return .missingText }
        } else {
            let document = text.document
            let history = document.history
            sizeBefore = document.byteCount
            // Numbers of edits that were refused are missing, so they rise with gaps.
            guard edit.sequence >= history.nextSequence(of: device) else { return .malformed }
            guard history.contains(edit.parents) else { return .missingText }
            guard history.eventCount + edit.count <= Limits.fieldTextEventsMax,
                facts.mayReplay(history.cost(ofMerging: edit))
            else { return .textTooLong }
        }
        guard edit.count <= Limits.fieldTextEventsMax else { return .textTooLong }
        guard text.merge(edit).refused.isEmpty else { return .malformed }
        // Two who knew nothing of each other may have made it too long; shortening is welcome.
        let size = text.byteCount
        return size > Limits.valueBytesMax && size > sizeBefore ? .textTooLong : nil
    }
}
