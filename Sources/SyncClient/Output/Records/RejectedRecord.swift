import Model
import Replica

extension RejectedItem {
    var entityName: String { Schema.entity(entity)?.name ?? "entity\(entity.rawValue)" }

    /// What was to be written, by field; where a record as a whole was meant, by the word for it.
    var valuesJSON: JSONValue {
        var members: [JSONValue.Member] = []
        for change in changes {
            guard let value = json(change) else { continue }
            let name = FieldValue.name(of: change.field, in: entity)
            if let index = members.firstIndex(where: { $0.key == name }) {
                // Several elements of a set, or a field written twice: the later one is last.
                let key = members[index].key
                if case .array(let items) = members[index].value,
                    case .array(let added) = value
                {
                    members[index] = JSONValue.Member(key: key, value: .array(items + added))
                } else {
                    members[index] = JSONValue.Member(key: key, value: value)
                }
            } else {
                members.append(JSONValue.Member(key: name, value: value))
            }
        }
        return .object(members)
    }

    private func json(_ change: Change) -> JSONValue? {
        switch change.operation {
        case .create: nil
        case .delete: "deleted"
        case .restore: "restored"
        case .leave: "moved"
        case .erase, .erased: "erased"
        case .set(let value): FieldValue.json(value, of: change.field, in: entity)
        case .add(let item): .array([FieldValue.json(item, of: change.field, in: entity)])
        case .remove(let item):
            .array([["removed": FieldValue.json(item, of: change.field, in: entity)]])
        case .contribute(let amount): .int(amount)
        case .splice: .null
        case .opaque(let code, _): .string("operation \(code) of a later version")
        }
    }

    var json: JSONValue {
        [
            "id": .string(idText), "record": .string(record.text), "entity": .string(entityName),
            "reason": .string(reason.code), "values": valuesJSON, "at": .time(at.milliseconds),
        ]
    }

    /// Every change on a line of its own.
    func text(_ time: HumanTime) -> TerminalText {
        var sheet = RecordSheet("\(reason.sentence, .emphasis)")
        sheet.add("id", TerminalText(idText))
        sheet.add("record", "\(entityName) \(record.text)")
        sheet.add("written", TerminalText(time.string(at.milliseconds)))
        for change in changes {
            sheet.add(FieldValue.name(of: change.field, in: entity), text(of: change, time))
        }
        return sheet.text
    }

    private func text(of change: Change, _ time: HumanTime) -> TerminalText {
        func shown(_ value: Value) -> String {
            FieldValue.text(value, of: change.field, in: entity, time: time)
        }
        return switch change.operation {
        case .create: "created"
        case .delete: "deleted"
        case .restore: "restored"
        case .leave: "shared, or no longer shared"
        case .erase: "erased"
        case .erased: "(erased)"
        case .set(let value): value.isNull ? "(emptied)" : TerminalText(lines: shown(value))
        case .add(let item): "+ \(shown(item))"
        case .remove(let item): "- \(shown(item))"
        case .contribute(let amount): TerminalText(String(amount))
        case .splice: "edited"
        case .opaque(let code, _): "operation \(code) of a later version"
        }
    }
}
