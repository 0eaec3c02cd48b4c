import Foundation
import Model
@testable import SyncClient

extension Decoder {
    /// What people type or bring along as files, and what others wrote on its way to a terminal.
    static let typed: [Decoder] = [
        Decoder(
            "jsonl", byteCountMax: 1024, seeds: { _ in [Array(JournalLines.text(entries).utf8)] }
        ) { bytes in
            let drafts = JournalLines.read(Data(bytes)).drafts
            let written = JournalLines.text(drafts.map(\.entry))
            expectSame(drafts, JournalLines.read(Data(written.utf8)))
        },
        Decoder(
            "markdown", byteCountMax: 1024,
            seeds: { _ in [Array(JournalMarkdown.text(entries).utf8)] }
        ) { bytes in
            let drafts = JournalMarkdown.read(Data(bytes)).drafts
            let written = JournalMarkdown.text(drafts.map(\.entry))
            expectSame(drafts, JournalMarkdown.read(Data(written.utf8)))
        },
        Decoder("time", byteCountMax: 64, seeds: { _ in times.map { Array($0.utf8) } }) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            // Zones are slow; each input gets one of them.
            let zone = zones[bytes.reduce(0) { $0 + Int($1) } % zones.count]
            let input = TimeInput(now: 1_790_000_000_000, timeZone: zone)
            _ = try? input.namesDayAlone(text)
            _ = try? input.parse(text, dayMeans: .end)
            let instant = try input.parse(text)
            again(instant) { try input.parse(RFC3339.string(instant)) }
        },
        Decoder(
            "duration", byteCountMax: 64,
            seeds: { _ in ["45m", "1h30m", "24h", "2w3d"].map { Array($0.utf8) } }
        ) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = try? DateInput(now: 1_790_000_000_000, timeZone: zones[0]).parse(text)
            let milliseconds = try DurationInput().parse(text)
            again(milliseconds) { try DurationInput().parse(DurationText.string(milliseconds)) }
        },
        Decoder(
            "id", byteCountMax: 64,
            seeds: { _ in
                ["67c0", "0123456789abcdef", "b854d1411a2574ee1068f61852a1ac15"]
                    .map { Array($0.utf8) }
            }
        ) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            if let id = RecordID(text: text) { precondition(RecordID(text: id.text) == id) }
            if let id = MemberID(text: text) { precondition(MemberID(text: id.text) == id) }
            if let id = DeviceID(text: text) { precondition(DeviceID(text: id.text) == id) }
            if let id = ProgrammeID(text: text) { precondition(ProgrammeID(text: id.text) == id) }
            _ = IDPrefix.isHexadecimal(text)
            _ = IDPrefix.tooShort(text).text
        },
        Decoder(
            "address", byteCountMax: 256,
            seeds: { _ in
                [
                    "https://hub.example.org:8470", "http://127.0.0.1", "https://[::1]:8470/",
                    "https://user@hub.example.org/path?query#fragment",
                ].map { Array($0.utf8) }
            }
        ) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            let address = try HubAddress(text, trusted: text)
            precondition(!address.host.isEmpty)
            again(address) { try HubAddress(address.text, trusted: text) }
        },
        Decoder(
            "terminal", byteCountMax: 512,
            seeds: { _ in
                ["\u{1B}[2J\u{202E}abc\u{7}\u{200D}\r\n\tن\u{200C}م"].map { Array($0.utf8) }
            }
        ) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            for shown in [TerminalText(text), TerminalText(lines: text)] {
                let plain = shown.plain
                precondition(plain.unicodeScalars.allSatisfy(isHarmless))
                precondition(shown.truncated(toWidth: 10).width <= 10)
            }
        },
    ]

    private static let times = [
        "2026-12-01T10:00:00.5+01:00", "2026-12-01 10:00", "tomorrow 9:00", "fri 10:00", "+1h30m",
        "-2w", "now", "23:59:60", "0001-01-01", "9999-12-31T23:59:59Z",
    ]

    private static let zones = ["UTC", "Africa/Nairobi", "America/St_Johns", "Pacific/Apia"]
        .compactMap { TimeZone(identifier: $0) }

    private static let entries = [
        JournalEntryView(
            date: "1660-01-01", title: "Lord’s day", body: "---\ndate: no\n\\---\nThis morning.",
            tags: ["church", "Seething Lane, \"there\""]),
        JournalEntryView(date: "2026-02-28", title: nil, body: "Second.", tags: []),
    ]

    /// The control characters of a terminal, escape first of all; line end and tab may stay.
    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\t"
            || (scalar.properties.generalCategory != .control
                && !(0x202A...0x202E).contains(scalar.value)
                && !(0x2066...0x2069).contains(scalar.value))
    }

    private static func expectSame(_ drafts: [JournalDraft], _ content: JournalFileContent) {
        precondition(content.failures.isEmpty, "A written journal is read again.")
        precondition(
            content.drafts == drafts, "A journal is the same after writing and reading it.")
    }
}

extension JournalDraft {
    fileprivate var entry: JournalEntryView {
        JournalEntryView(date: date, title: title, body: body, tags: tags)
    }
}
