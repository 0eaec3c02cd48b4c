import Foundation
import Testing

@testable import SyncClient

@Suite struct OutputTerminalTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("Grüezi 你好 👩‍👩‍👧", "Grüezi 你好 👩‍👩‍👧"), ("\u{1B}[2J", "\\u{1B}[2J"),
        ("a\nb\tc\r", "a\\u{A}b\\u{9}c\\u{D}"), ("\u{0}\u{7F}\u{9B}", "\\u{0}\\u{7F}\\u{9B}"),
        ("\u{202A}\u{202E}\u{2066}\u{2069}", "\\u{202A}\\u{202E}\\u{2066}\\u{2069}"),
        ("\u{2028}\u{2029}\u{FEFF}", "\\u{2028}\\u{2029}\\u{FEFF}"),
        ("שלום\u{200F}", "שלום\\u{200F}"), ("e\u{301}", "e\u{301}"),
        ("a\u{200B}b\u{AD}c\u{2060}", "a\\u{200B}b\\u{AD}c\\u{2060}"),
        ("a\u{200D}b\u{200C}", "a\\u{200D}b\\u{200C}"),
        ("می\u{200C}خواهم", "می\u{200C}خواهم"),
    ])
    func escapingShowsWhatWouldSteerTheTerminal(text: String, expected: String) {
        #expect(TerminalText.escape(text) == expected)
    }

    @Test(arguments: [
        ("a\nb\tc", "a\nb\tc"), ("a\r\nb", "a\nb"), ("a\rb", "a\\u{D}b"), ("end\r", "end\\u{D}"),
        ("\u{1B}c\n", "\\u{1B}c\n"),
    ])
    func linesAreKeptWhereWanted(text: String, expected: String) {
        #expect(TerminalText.escape(text, keepingLines: true) == expected)
    }

    @Test func everyControlCharacterIsEscaped() {
        for value in (0...0x1F as ClosedRange<UInt8>).map(UInt32.init) + Array(0x7F...0x9F) {
            let scalar = Unicode.Scalar(value).map(String.init) ?? ""
            let digits = String(value, radix: 16, uppercase: true)
            #expect(TerminalText.escape(scalar) == "\\u{\(digits)}")
        }
    }

    @Test func interpolatedTextIsNeverTrusted() {
        let title = "\u{1B}[31mred"
        let text: TerminalText = "Task \(title, .emphasis) of \(3)\n\(lines: "a\nb\u{7}")"
        #expect(text.plain == "Task \\u{1B}[31mred of 3\na\nb\\u{7}")
        #expect(
            text.rendered(colour: true)
                == "Task \u{1B}[1m\\u{1B}[31mred\u{1B}[0m of 3\na\nb\\u{7}")
    }

    @Test func longTextBecomesOneLine() {
        #expect(TerminalText.flattened(" a \n\n b\r\n\tc ") == "a b c")
    }

    @Test func truncationCountsCells() {
        #expect(TerminalText("hello").truncated(toWidth: 5).plain == "hello")
        #expect(TerminalText("hello").truncated(toWidth: 4).plain == "hel…")
        #expect(TerminalText("你好世界").truncated(toWidth: 4).plain == "你…")
        #expect(TerminalText("hello").truncated(toWidth: 1).plain == "…")
        #expect(TerminalText("hello").truncated(toWidth: 0).plain == "")
        let styled: TerminalText = "\("abc", .error)\("def", .emphasis)"
        #expect(styled.truncated(toWidth: 5).plain == "abcd…")
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("你好", 4), ("ｱ", 1), ("Ａ", 2), ("한글", 4),
        ("\u{1112}\u{1161}\u{11AB}", 2), ("👍", 2), ("👍🏽", 2), ("👩‍👩‍👧", 2), ("🇨🇭", 2), ("1️⃣", 2),
        ("\u{200B}", 0), ("…", 1), ("😀a", 3), ("שלום", 4), ("❤️", 2), ("✓", 1),
    ])
    func widthsAreCells(text: String, width: Int) {
        #expect(DisplayWidth.of(text) == width)
    }
}

@Suite struct OutputTextTableTests {
    private func table() -> TextTable {
        var table = TextTable(["ID", .init("STARS", .trailing), "TITLE"])
        table.add(["a1b2", "5", "你好"])
        let title = "A title\nthat is long"
        table.add(["c3", "12", "\(title)"])
        table.add(["d", "", ""])
        return table
    }

    @Test func columnsAreAligned() {
        #expect(
            table().rendered(width: nil, colour: false) == """
                ID    STARS  TITLE
                a1b2      5  你好
                c3       12  A title\\u{A}that is long
                d

                """)
    }

    @Test func theLastColumnIsCutOnATerminal() {
        #expect(
            table().rendered(width: 24, colour: false) == """
                ID    STARS  TITLE
                a1b2      5  你好
                c3       12  A title\\u{…
                d

                """)
        #expect(table().rendered(width: 3, colour: false).contains("A title…"))
    }

    @Test func wideCellsKeepTheColumnsInLine() {
        var table = TextTable(["A", "B"])
        table.add(["你好", "x"])
        table.add(["👍", "y"])
        table.add(["e\u{301}", "z"])
        #expect(
            table.rendered(width: nil, colour: false) == "A     B\n你好  x\n👍    y\ne\u{301}     z\n")
    }

    @Test func notesStandBelowTheirRow() {
        var table = TextTable(["A", "B"])
        table.add(["1", "x"], below: "  more\n  and more")
        table.add(["2", "y"])
        #expect(table.rendered(width: 5, colour: false) == "A  B\n1  x\n  more\n  and more\n2  y\n")
    }

    @Test func noRowsAreNoTable() {
        #expect(TextTable(["A"]).rendered(width: 80, colour: false) == "")
    }
}

@Suite struct OutputReadableValuesTests {
    @Test(
        arguments: [
            (0, "0 bytes"), (1, "1 byte"), (1_023, "1023 bytes"), (1_024, "1 KiB"),
            (1_229, "1.2 KiB"),
            (262_144, "256 KiB"), (1_048_575, "1 MiB"), (10_485_760, "10 MiB"), (-5, "-5 bytes"),
            (10_230, "10 KiB"), (Int.max, "8 EiB"),
        ] as [(Int, String)])
    func sizesAreReadable(bytes: Int, expected: String) {
        #expect(ByteCount.string(bytes) == expected)
    }

    @Test(
        arguments: [
            (0, "0s"), (999, "0s"), (90_000, "1m30s"), (5_400_000, "1h30m"), (604_800_000, "7d"),
            (-3_600_000, "-1h"),
        ] as [(Int64, String)])
    func durationsAreReadable(milliseconds: Int64, expected: String) {
        #expect(DurationText.string(milliseconds) == expected)
    }

    @Test(
        arguments: [
            (0, "just now"), (59_999, "just now"), (-59_999, "just now"), (60_000, "in 1 minute"),
            (-120_000, "2 minutes ago"), (7_200_000, "in 2 hours"), (-86_400_000, "1 day ago"),
            (-1_123_200_000, "1 week ago"), (3_888_000_000, "in 1 month"),
            (-69_120_000_000, "2 years ago"), (Int64.min, "292471208 years ago"),
        ] as [(Int64, String)])
    func distancesAreReadable(difference: Int64, expected: String) {
        #expect(RelativeTime.string(difference, now: 0) == expected)
    }

    @Test func localTimesAreReadable() throws {
        let time = HumanTime(timeZone: try #require(TimeZone(identifier: "Europe/Zurich")))
        let start: Int64 = 1_796_374_800_000
        #expect(time.string(start) == "Fri 2026-12-04 10:00")
        #expect(time.stringWithZone(start) == "Fri 2026-12-04 10:00 (Europe/Zurich)")
        #expect(time.range(from: start, to: start + 3_600_000) == "Fri 2026-12-04 10:00–11:00")
        #expect(
            time.range(from: start, to: start + 86_400_000)
                == "Fri 2026-12-04 10:00 – Sat 2026-12-05 10:00")
        #expect(time.string(.max) == "(a time outside the years 0001 to 9999)")
    }

    @Test(
        arguments: [
            (0, "GMT", "1970-01-01T00:00:00Z"), (1, "GMT", "1970-01-01T00:00:00.001Z"),
            (-1, "GMT", "1969-12-31T23:59:59.999Z"),
            (1_796_374_800_000, "Europe/Zurich", "2026-12-04T10:00:00+01:00"),
            (1_796_374_800_000, "America/St_Johns", "2026-12-04T05:30:00-03:30"),
            (-9_782_596_800_000, "Europe/Zurich", "1660-01-01T12:00:00Z"),
            (-62_135_596_800_000, "America/New_York", "0001-01-01T00:00:00Z"),
            (253_402_300_799_999, "Asia/Tokyo", "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String, String)])
    func instantsAreWrittenAsRFC3339(instant: Int64, zone: String, expected: String) throws {
        let zone = try #require(TimeZone(identifier: zone))
        #expect(RFC3339.string(instant, in: zone) == expected)
    }
}
