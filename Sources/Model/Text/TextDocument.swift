/// A text and its history: what a replica holds of a text while somebody works with it.
///
/// Whoever only wants to read keeps to the text, which is stored beside the history and needs no
/// decoding. Edits of others may come in any order, any number of times.
package struct TextDocument: Sendable {
    package private(set) var history: TextHistory
    private var buffer: TextBuffer

    /// What came of edits that were merged.
    package struct Merge: Sendable {
        /// Whether the history has grown.
        package fileprivate(set) var hasNews = false
        /// Edits that cannot be: they act on places that never were. They are not kept.
        package fileprivate(set) var refused: [(edit: TextEdit, failure: TextFailure)] = []
    }

    /// An empty text.
    package init() {
        history = TextHistory()
        buffer = TextBuffer()
    }

    /// Puts together what was stored side by side. The text is taken as it is.
    package init(history: TextHistory, text: String) {
        self.history = history
        buffer = TextBuffer(Array(text.utf8))
    }

    /// Works out the text from its history.
    package init(replaying history: TextHistory) throws(TextFailure) {
        self.history = history
        buffer = TextBuffer()
        try TextReplay.apply(eventsFrom: 0, of: history, to: &buffer)
    }

    package var text: String { String(decoding: buffer.bytes, as: UTF8.self) }

    /// The length of the text in Unicode scalar values.
    package var count: Int { buffer.count }

    /// Its length in bytes of UTF-8.
    package var byteCount: Int { buffer.byteCount }

    package var version: TextVersion { history.version }

    // MARK: Writing

    /// Applies one splice by this device to the text as it is now.
    ///
    /// - Precondition: the splice lies within the text.
    package mutating func apply(_ splice: TextSplice, by device: DeviceID) {
        precondition(
            splice.position >= 0 && splice.deletedCount >= 0
                && splice.position <= buffer.count - splice.deletedCount,
            "A splice lies within the text.")
        let insertedBefore = history.operations.insertedCount
        let textStart = history.operations.inserted.count
        history.append(splice, by: device)
        if splice.deletedCount > 0 { buffer.remove(splice.deletedCount, at: splice.position) }
        let count = history.operations.insertedCount - insertedBefore
        if count > 0 {
            buffer.insert(
                history.operations.inserted[textStart...], count: count, at: splice.position)
        }
    }

    /// Makes the text what somebody has saved, by as few splices as are quickly found; returns
    /// them as an edit for the others, or nil if nothing has changed.
    package mutating func save(_ text: String, by device: DeviceID) -> TextEdit? {
        let splices = TextDifference.writing(from: self.text, to: text)
        guard !splices.isEmpty else { return nil }
        let edit = TextEdit(
            device: device, sequence: history.nextSequence(of: device), parents: version,
            splices: splices)
        for splice in splices { apply(splice, by: device) }
        return edit
    }

    /// What somebody did who saved this text having seen that version, as an edit that is not taken
    /// in yet; nil if it changes nothing of what they had seen. Without a version they had seen all
    /// that is here; their numbers of events below the floor are used up.
    package func edit(
        savingAs text: String, over version: TextVersion? = nil, by device: DeviceID,
        numbersFrom floor: UInt64 = 0
    ) throws(TextFailure) -> TextEdit? {
        let seen = version ?? self.version
        let splices = TextDifference.writing(from: try self.text(at: seen), to: text)
        guard !splices.isEmpty else { return nil }
        return TextEdit(
            device: device, sequence: max(floor, history.nextSequence(of: device)), parents: seen,
            splices: splices)
    }

    // MARK: Merging

    /// Takes in edits of other devices. Those whose parents are missing wait until these come;
    /// those that are known already change nothing.
    @discardableResult
    package mutating func merge(_ edits: [TextEdit]) -> Merge {
        var merge = Merge()
        let mark = Mark(of: self)
        do throws(TextFailure) {
            try mergeAtOnce(edits, &merge)
        } catch {
            // Rare: something in the lot is wrong. One by one it turns out what.
            rewind(to: mark)
            merge = Merge()
            for edit in edits { mergeAlone(edit, &merge) }
        }
        return merge
    }

    /// What it takes to go back. The history, the largest part, is not copied for it but made anew
    /// should it come to that.
    private struct Mark {
        let eventCount: Int
        let pending: [TextEdit]
        let buffer: TextBuffer

        init(of document: TextDocument) {
            eventCount = document.history.eventCount
            pending = document.history.pending
            buffer = document.buffer
        }
    }

    private mutating func rewind(to mark: Mark) {
        history = history.rewound(to: mark.eventCount, pending: mark.pending)
        buffer = mark.buffer
    }

    private mutating func mergeAtOnce(
        _ edits: [TextEdit], _ merge: inout Merge
    ) throws(TextFailure) {
        let first = history.eventCount
        var queue = history.takePending() + edits
        queue.reverse()
        var room = TextWaitingRoom()
        while let edit = queue.popLast() {
            switch try history.add(edit) {
            case .known: break
            case .added: queue += room.release(by: edit)
            case .waiting(let missing): room.add(edit, waitingFor: missing)
            }
        }
        for edit in room.edits { history.wait(for: edit) }
        guard history.eventCount > first else { return }
        merge.hasNews = true
        try TextReplay.apply(eventsFrom: first, of: history, to: &buffer)
    }

    private mutating func mergeAlone(_ edit: TextEdit, _ merge: inout Merge) {
        var queue = [edit]
        while let edit = queue.popLast() {
            let mark = Mark(of: self)
            do throws(TextFailure) {
                let first = history.eventCount
                if case .waiting = try history.add(edit) { history.wait(for: edit) }
                guard history.eventCount > first else { continue }
                try TextReplay.apply(eventsFrom: first, of: history, to: &buffer)
                merge.hasNews = true
                queue += history.takePending()
            } catch {
                rewind(to: mark)
                merge.refused.append((edit, error))
            }
        }
    }

    /// What two have made of one text without knowing of each other, where there is no history to
    /// merge by: as if each had saved theirs over the base.
    package static func merged(_ one: String, _ other: String, from base: String) -> String {
        var document = TextDocument()
        _ = document.save(base, by: DeviceID(rawValue: 0))
        var others = document
        _ = document.save(one, by: DeviceID(rawValue: 1))
        if let edit = others.save(other, by: DeviceID(rawValue: 2)) { document.merge([edit]) }
        return document.text
    }

    // MARK: Other versions

    /// The text as it was in a version.
    package func text(at version: TextVersion) throws(TextFailure) -> String {
        if version == self.version { return text }
        return try TextDocument(at: version, of: history).text
    }

    /// The document as it was in a version, without what came later or waits.
    package init(at version: TextVersion, of history: TextHistory) throws(TextFailure) {
        var part = TextHistory()
        for edit in try history.edits(of: version) { _ = try part.add(edit) }
        try self.init(replaying: part)
    }
}
