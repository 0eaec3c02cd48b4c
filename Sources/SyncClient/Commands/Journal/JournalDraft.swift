import Model

/// An entry as it stands in a file.
struct JournalDraft: Equatable {
    let date: String
    let title: String?
    let body: String
    let tags: [String]

    /// Why a text in a file is no entry.
    struct Fault: Error, Equatable {
        /// A sentence for the person who has the file.
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    /// Checks what a file says. Line ends around the text go, as those of typed texts do.
    init(date: String?, title: String?, body: String?, tags: [String]) throws(Fault) {
        guard let date, !date.isEmpty else { throw Fault("The entry has no date.") }
        guard CalendarDate.isValid(date) else {
            throw Fault("\(InputFailure.quoted(date)) is not a date like 1660-01-31.")
        }
        guard let body else { throw Fault("The entry has no text.") }
        let lines = Self.trimmingLineEnds(body)
        guard lines.contains(where: { !$0.isWhitespace }) else {
            throw Fault("The text of the entry is empty.")
        }
        guard lines.utf8.count <= Limits.valueBytesMax else {
            throw Fault("The text is longer than \(ByteCount.string(Limits.valueBytesMax)).")
        }
        let heading = title.map(TerminalText.flattened) ?? ""
        let words = tags.map(TerminalText.flattened).filter { !$0.isEmpty }
        for short in [heading] + words where short.utf8.count > Limits.shortTextBytesMax {
            let bound = ByteCount.string(Limits.shortTextBytesMax)
            throw Fault("The title or a tag is longer than \(bound).")
        }
        guard words.count <= Self.tagsMax else {
            throw Fault("The entry has more than \(Self.tagsMax) tags.")
        }
        for text in [lines, heading] + words where text.utf8.contains(0) {
            throw Fault("The entry has a zero byte in it.")
        }
        self.date = date
        self.title = heading.isEmpty ? nil : heading
        self.body = lines
        self.tags = JournalTags.distinct(words)
    }

    /// More than anybody uses; bounds what one line of a file can make.
    private static let tagsMax = 100

    private static func trimmingLineEnds(_ text: String) -> String {
        var content = Substring(text)
        while content.first?.isNewline ?? false { content.removeFirst() }
        while content.last?.isNewline ?? false { content.removeLast() }
        return String(content)
    }
}

/// What a file of entries holds: those that can be read, and why the others cannot.
struct JournalFileContent: Equatable {
    struct Failure: Equatable {
        /// Counted from 1; of an entry of several lines the first.
        let line: Int
        let reason: String
    }

    var drafts: [JournalDraft] = []
    var failures: [Failure] = []
}
