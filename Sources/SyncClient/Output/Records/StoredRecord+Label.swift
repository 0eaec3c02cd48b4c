import Model
import Replica

extension StoredRecord {
    /// What people call the record: its title or name; nil if it has none.
    var title: String? {
        let entity = Schema.entity(entity)
        return ["title", "name", "topic"].lazy.compactMap { entity?.field(named: $0)?.id }
            .compactMap { text($0) }.first { !$0.isEmpty }
    }

    /// A few words by which people know the record in a list: its title, or how its text begins.
    var label: String {
        if let title { return title }
        let entity = Schema.entity(entity)
        let texts = entity?.fields.filter { $0.merge == .text }.compactMap { text($0.id) } ?? []
        if let text = texts.first(where: { !$0.isEmpty }) { return TerminalText.opening(of: text) }
        return "\(entity.map(RecordReference.noun) ?? "record") without a title"
    }
}
