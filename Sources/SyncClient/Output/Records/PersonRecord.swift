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
        ])
    }

    var facts: [(label: String, text: TerminalText)] {
        [
            ("Name", TerminalText(displayName, .emphasis)),
            ("Id", TerminalText(id.text)),
            ("Role", TerminalText(role?.name ?? "not known yet")),
            ("State", state == .suspended ? TerminalText("suspended", .warning) : ""),
            ("E-mail", TerminalText(email ?? "")),
            ("Phone", TerminalText(phone ?? "")),
            ("Location", TerminalText(location ?? "")),
            ("Time zone", TerminalText(timeZone ?? "")),
            ("Rating", TerminalText(ratingText)),
            ("About", TerminalText(lines: bio ?? "")),
        ]
    }

    private var ratingText: String {
        guard let rating else { return "" }
        let tenths = Int((rating * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) of 5 (\(ratingCount))"
    }
}
