import Model
import Replica

extension Agenda.Entry {
    var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "id": .string(record.text), "start": .time(start),
            "end": .time(end), "title": .string(title), "with": JSONValue(other?.text),
            "state": .string(state), "besideAnother": .bool(isBesideAnother),
            "overbooked": .bool(isOverbooked),
        ]
    }

    fileprivate var stateText: TerminalText {
        var text: TerminalText = "\(state)"
        if isBesideAnother { text.append(", \("beside another meeting", .error)") }
        if isOverbooked { text.append(", \("more people than seats", .error)") }
        return text
    }
}

extension Agenda {
    /// One row an entry; each day is named once.
    func table(_ presentation: Presentation) -> TextTable {
        var table = TextTable(["DAY", "TIME", "WHAT", "WITH", "STATE", "ID"])
        var latest = ""
        for entry in entries {
            let day = presentation.time.day(entry.start)
            table.add([
                "\(day == latest ? "" : day, .emphasis)",
                "\(presentation.time.hours(from: entry.start, to: entry.end))",
                "\(entry.title)", "\(entry.other.map { presentation.name($0) } ?? "")",
                entry.stateText,
                "\(entry.record.shortText, .faint)",
            ])
            latest = day
        }
        return table
    }
}
