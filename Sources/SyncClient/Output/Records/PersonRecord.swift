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
            "company": JSONValue(company), "department": JSONValue(department),
            "experience": JSONValue(experience), "currentRole": JSONValue(currentRole),
            "goals": JSONValue(goals), "hourlyRate": hourlyRate?.json ?? .null,
            "expertise": .array(expertise.map { .string($0) }),
            "languages": .array(languages.map { .string($0) }),
            "skills": .array(Skill.all(in: skills).map(\.json)), "sessions": .int(sessions),
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
        sheet.add("works at", TerminalText(workplace))
        sheet.add("works as", TerminalText(currentRole ?? ""))
        sheet.add("experience", TerminalText(experience ?? ""))
        sheet.add("expertise", TerminalText(expertise.joined(separator: ", ")))
        sheet.add("skills", TerminalText(Skill.all(in: skills).map(\.text).joined(separator: ", ")))
        sheet.add("languages", TerminalText(languages.joined(separator: ", ")))
        sheet.add("per hour", TerminalText(hourlyRate?.text ?? ""))
        sheet.add("sessions", TerminalText(sessions > 0 ? "\(sessions) completed" : ""))
        sheet.add("rating", TerminalText(ratingText))
        sheet.add("conflict", ConflictNotice.line(conflictCount))
        sheet.addParagraph(bio)
        sheet.addParagraph(goals, label: "Wants to learn")
        return sheet.text
    }

    /// The company, the part of it, or both.
    var workplace: String { [company, department].compactMap { $0 }.joined(separator: ", ") }

    var ratingText: String {
        guard let rating else { return "" }
        let tenths = Int((rating * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) of 5 (\(ratingCount))"
    }
}
