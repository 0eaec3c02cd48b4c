import Foundation
import Replica
import Testing

@testable import SyncClient

/// The bytes of an exported calendar. `scripts/check-calendar` shows that other programs read them.
@Suite struct CalendarTextTests {
    private static let start: Int64 = 1_800_439_200_000

    private func event(
        _ title: String, place: String? = nil, details: String? = nil,
        _ status: CalendarText.Event.Status = .confirmed
    ) -> CalendarText.Event {
        CalendarText.Event(
            uid: "\(title.utf8.count)@f00d.waymark", start: Self.start,
            end: Self.start + 45 * 60_000, changed: Self.start - 86_400_000, sequence: 2,
            title: title, place: place, details: details, status: status,
            isBusy: status != .cancelled)
    }

    private var tricky: String {
        CalendarText(
            named: "Wood; work, and \\more",
            events: [
                event(
                    "Türen, Fenster; und ein sehr langer Titel über zwei Zeilen: 木工 👩🏽‍🔧 hinaus",
                    place: "https://meet.example.org/a?b=c;d=e,f",
                    details: "One\r\nTwo\nThree\rBEGIN:VEVENT\u{7}\u{1B}[31m\tend"),
                event("Called off", .cancelled),
            ],
            tasks: [
                CalendarText.Task(
                    uid: "task@f00d.waymark", due: Self.start, changed: Self.start,
                    title: "Read", details: nil, isDone: false),
                CalendarText.Task(
                    uid: "done@f00d.waymark", due: nil, changed: Self.start, title: "Write",
                    details: "All of it", isDone: true),
            ]
        ).text
    }

    @Test func bytesAreThoseThatOtherProgramsWereShown() throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Resources/calendar.ics")
        if ProcessInfo.processInfo.environment["WAYMARK_GOLDEN"] == "write" {
            try Data(tricky.utf8).write(to: url)
        }
        #expect(try Data(contentsOf: url) == Data(tricky.utf8))
    }

    @Test func linesAreFoldedBetweenCharacters() {
        let lines = tricky.components(separatedBy: "\r\n")
        #expect(lines.last == "")
        #expect(lines.allSatisfy { $0.utf8.count <= 75 })
        #expect(!tricky.replacing("\r\n", with: "").contains { $0.isNewline })
        let unfolded = tricky.replacing("\r\n ", with: "")
        #expect(unfolded.contains("Titel über zwei Zeilen: 木工 👩🏽‍🔧 hinaus"))
        for width in 60...90 {
            let title = String(repeating: "é", count: width)
            let text = CalendarText(named: "", events: [event(title)]).text
            #expect(text.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 75 })
            #expect(text.replacing("\r\n ", with: "").contains("SUMMARY:\(title)\r\n"))
        }
    }

    /// Nothing that a member writes is a command to a terminal or turns the line around.
    @Test func controlCharactersAreLeftOut() {
        let text = CalendarText(named: "", events: [event("a\u{9B}31m\u{202E}b\u{2066}c\u{85}d")])
            .text
        #expect(text.contains("SUMMARY:a31mbcd\r\n"))
    }

    /// Nothing that a member writes begins a line, or reaches a terminal.
    @Test func textsCannotLeaveTheirLine() {
        #expect(tricky.replacing("\r\n ", with: "").contains("Three\\nBEGIN:VEVENT[31m\tend"))
        #expect(tricky.components(separatedBy: "\r\n").filter { $0 == "BEGIN:VEVENT" }.count == 2)
        #expect(tricky.contains("X-WR-CALNAME:Wood\\; work\\, and \\\\more\r\n"))
    }
}
