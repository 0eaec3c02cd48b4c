import Foundation
import GRDB
package import Model

/// Finds journal entries by their words.
///
/// The index folds case and accents and splits at everything that is neither letter nor digit, in
/// entries and in queries alike; so "cafe" finds "Café", and "don't" finds "don’t" whatever the
/// apostrophe.
package struct JournalSearch: Sendable {
    /// A word, or several that stand together.
    private struct Phrase {
        let text: String
        let isQuoted: Bool
    }

    private let phrases: [Phrase]

    /// More phrases than anybody types; bounds the work of one query.
    private static let phrasesMax = 32

    /// Reads a query: words that must all occur, the last one as a beginning; words between
    /// quotation marks must stand together.
    ///
    /// Nothing in it is syntax for SQLite: every word is quoted. Returns nil without a word.
    package init?(_ query: String) {
        let parts = query.unicodeScalars.split(omittingEmptySubsequences: false) {
            Self.quotationMarks.contains($0)
        }
        var phrases: [Phrase] = []
        for (index, part) in parts.enumerated() {
            // Every other part stands between two marks, unless the last one was never closed.
            if index % 2 == 1, index < parts.count - 1 {
                phrases.append(Phrase(text: String(part), isQuoted: true))
            } else {
                phrases += String(part).split(whereSeparator: \.isWhitespace)
                    .map { Phrase(text: String($0), isQuoted: false) }
            }
        }
        self.phrases = Array(phrases.filter { Self.hasWord($0.text) }.prefix(Self.phrasesMax))
        if self.phrases.isEmpty { return nil }
    }

    private static let quotationMarks: Set<Unicode.Scalar> = ["\"", "“", "”", "„", "«", "»"]

    /// A phrase without a single letter or digit would match nothing.
    private static func hasWord(_ text: String) -> Bool {
        text.unicodeScalars.contains {
            $0.properties.isAlphabetic || $0.properties.numericType != nil
        }
    }

    /// The query in the language of FTS5.
    var expression: String {
        phrases.enumerated().map { index, phrase in
            // A zero byte would end the text inside SQLite; quotation marks are gone already.
            let word = phrase.text.unicodeScalars.map { $0 == "\0" ? " " : $0 }
            let isPrefix = index == phrases.count - 1 && !phrase.isQuoted
            return "\"\(String(String.UnicodeScalarView(word)))\"" + (isPrefix ? " *" : "")
        }.joined(separator: " ")
    }

    /// An entry that was found.
    package struct Hit: Sendable {
        package let id: RecordID
        /// `YYYY-MM-DD`; nil for an entry without one.
        package let date: String?
        package let title: String?
        /// The part of the text around the words, in pieces that are matches or not.
        package let snippet: [Piece]

        /// The snippet as one text.
        package var snippetText: String { snippet.map(\.text).joined() }
    }

    /// A part of a snippet.
    package struct Piece: Hashable, Sendable {
        package let text: String
        package let isMatch: Bool
    }

    /// Words of a snippet; two or three lines on a terminal.
    fileprivate static let snippetWords = 24
    /// Marks around matches in what SQLite returns; both are control characters that no keyboard
    /// puts into a text.
    fileprivate static let matchStart: Character = "\u{1}"
    fileprivate static let matchEnd: Character = "\u{2}"

    fileprivate static func pieces(_ marked: String) -> [Piece] {
        var pieces: [Piece] = []
        for part in marked.split(separator: matchStart, omittingEmptySubsequences: false) {
            guard let end = part.firstIndex(of: matchEnd) else {
                pieces.append(Piece(text: String(part), isMatch: false))
                continue
            }
            pieces.append(Piece(text: String(part[..<end]), isMatch: true))
            let rest = part[part.index(after: end)...].filter { $0 != matchEnd }
            pieces.append(Piece(text: rest, isMatch: false))
        }
        return pieces.filter { !$0.text.isEmpty }
    }
}

extension ReplicaReader {
    /// Entries in which all words of the query occur, the best first: words in titles weigh more,
    /// rare words more than frequent ones.
    package func searchJournal(
        _ search: JournalSearch, limit: Int
    ) throws -> [JournalSearch.Hit] {
        try store.flush(Schema.journalEntry.id)
        let rows = try Row.fetchAll(
            store.database,
            sql: """
                SELECT entry.id, entry.date, entry.title,
                    snippet(journalSearch, -1, ?, ?, '…', ?)
                FROM journalSearch
                JOIN journalEntry AS entry ON entry.key = journalSearch.rowid
                WHERE journalSearch MATCH ? AND entry.life = 0
                ORDER BY bm25(journalSearch, 4.0, 1.0), entry.date DESC, entry.key
                LIMIT ?
                """,
            arguments: [
                String(JournalSearch.matchStart), String(JournalSearch.matchEnd),
                JournalSearch.snippetWords, search.expression, max(0, limit),
            ])
        return try rows.map { row in
            guard let id = RecordID(bytes: row[0] as Data) else {
                throw ReplicaError(.damaged, "journalEntry")
            }
            return JournalSearch.Hit(
                id: id, date: row[1], title: row[2],
                snippet: JournalSearch.pieces(row[3] as String? ?? ""))
        }
    }
}
