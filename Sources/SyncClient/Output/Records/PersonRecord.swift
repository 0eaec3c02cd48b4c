import Model
import Replica

extension Person {
    /// The name, or what stands for it.
    var displayName: String { name ?? "(no name yet)" }

    /// A row of `member list`.
    var json: JSONValue {
        [
            "id": .string(id.text), "name": JSONValue(name), "email": JSONValue(email),
            "role": JSONValue(role?.name), "state": .string(state.name),
        ]
    }

    /// The whole profile.
    var profileJSON: JSONValue {
        json.adding([
            "bio": JSONValue(bio), "timeZone": JSONValue(timeZone),
            "location": JSONValue(location), "phone": JSONValue(phone),
            "rating": ["average": JSONValue(rating), "count": .int(ratingCount)],
            "conflicts": JSONValue(conflictCount),
        ])
    }

    /// The whole profile for people.
    var profileText: TerminalText {
        var sheet = RecordSheet(TerminalText(displayName, .emphasis))
        sheet.add("id", TerminalText(id.text))
        sheet.add("role", TerminalText(role?.name ?? "not known yet"))
        if state == .suspended { sheet.add("state", TerminalText("suspended", .warning)) }
        sheet.add("e-mail", TerminalText(email ?? ""))
        sheet.add("phone", TerminalText(phone ?? ""))
        sheet.add("location", TerminalText(location ?? ""))
        sheet.add("time zone", TerminalText(timeZone ?? ""))
        sheet.add("rating", TerminalText(ratingText))
        sheet.add("conflict", ConflictNotice.line(conflictCount))
        sheet.addParagraph(bio)
        return sheet.text
    }

    private var ratingText: String {
        guard let rating else { return "" }
        let tenths = Int((rating * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) of 5 (\(ratingCount))"
    }
}
