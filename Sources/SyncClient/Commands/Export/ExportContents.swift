import Foundation
import Model
import Replica

/// Everything that a member may read, as files.
struct ExportContents {
    struct File {
        let name: String
        let data: Data
        /// Lines or entries in it.
        let recordCount: Int
    }

    private(set) var files: [File] = []

    /// Records proper; the journal stands among them once, though it is written twice.
    private(set) var recordCount = 0

    /// What the file has and does not give out because it is damaged there.
    private(set) var damaged: [String] = []

    /// Where it is read.
    enum Source {
        /// In one consistent state.
        case whole(ReplicaReader)
        /// One kind of record after the other, of a damaged file: a page costs what lies on it, and
        /// nothing else.
        case piecewise(Replica)

        /// Nil for what lies on a damaged page.
        fileprivate func read<Element>(
            _ body: (ReplicaReader) throws -> [Element]
        ) throws -> [Element]? {
            switch self {
            case .whole(let reader): return try body(reader)
            case .piecewise(let replica):
                do {
                    return try replica.read(body)
                } catch let error as ReplicaError where error.reason == .damaged {
                    return nil
                }
            }
        }
    }

    init(
        _ source: Source, _ identity: Identity, _ context: CommandContext,
        _ progress: (Int) -> Void
    ) throws {
        for entity in Schema.entities {
            let records = try read(entity.name, source) { try $0.records(of: entity) }
            recordCount += records.count
            add("\(entity.name).jsonl", records.map { Self.json($0, entity) })
            progress(recordCount)
        }
        let conflicts = try read("conflict", source) { try $0.conflicts() }
        add("conflict.jsonl", conflicts.map(Self.json))
        let rejected = try read("rejected", source) { try $0.rejectedItems() }
        add("rejected.jsonl", rejected.map(\.json))
        let entries = try read(Schema.journalEntry.name, source) { reader in
            try JournalEntryView.of(
                reader.records(of: Schema.journalEntry, orderedBy: Fields.JournalEntry.date),
                in: reader)
        }
        for (name, journal) in Self.byAuthor(entries, own: identity.member) {
            files.append(
                File(
                    name: name, data: Data(JournalMarkdown.text(journal).utf8),
                    recordCount: journal.count))
        }
        files.append(manifest(identity, at: context.now))
    }

    /// The answer of the command.
    var json: JSONValue {
        [
            "files": .array(files.map { .string($0.name) }), "records": JSONValue(recordCount),
            "damaged": .array(damaged.map { .string($0) }),
        ]
    }

    private mutating func read<Element>(
        _ name: String, _ source: Source, _ body: (ReplicaReader) throws -> [Element]
    ) throws -> [Element] {
        if let elements = try source.read(body) { return elements }
        if !damaged.contains(name) { damaged.append(name) }
        return []
    }

    private mutating func add(_ name: String, _ lines: [JSONValue]) {
        guard !lines.isEmpty else { return }
        let text = lines.map { $0.serialized + "\n" }.joined()
        files.append(File(name: name, data: Data(text.utf8), recordCount: lines.count))
    }

    private static func json(_ record: StoredRecord, _ entity: Entity) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init(key: "id", value: .string(record.id.text)),
            .init(key: "scope", value: json(record.scope)),
            .init(key: "createdAt", value: .time(record.createdAt.milliseconds)),
            .init(key: "updatedAt", value: .time(record.updatedAt.milliseconds)),
        ]
        for field in entity.fields {
            members.append(
                .init(
                    key: field.name,
                    value: FieldValue.json(record[field.id], of: field.id, in: entity.id)))
        }
        return .object(members)
    }

    private static func json(_ scope: Scope) -> JSONValue {
        [
            "kind": .string(scope.kind.name),
            "members": .array(scope.members.map { .string($0.text) }),
        ]
    }

    private static func json(_ conflict: RecordConflict) -> JSONValue {
        [
            "id": .string(conflict.idText), "record": .string(conflict.record.text),
            "entity": JSONValue(Schema.entity(conflict.entity)?.name),
            "field": .string(FieldValue.name(of: conflict.field, in: conflict.entity)),
            "kind": .string(conflict.kind.rawValue),
            "values": .array(
                conflict.candidates.map { candidate in
                    [
                        "field": .string(
                            FieldValue.name(of: candidate.field, in: conflict.entity)),
                        "value": FieldValue.json(
                            candidate.value, of: candidate.field, in: conflict.entity),
                        "by": JSONValue(candidate.author?.text),
                        "at": .time(candidate.at.milliseconds), "shown": .bool(candidate.isShown),
                    ]
                }),
        ]
    }

    /// One's own journal, then a file for each participant who shares theirs.
    private static func byAuthor(
        _ entries: [JournalEntryView], own: MemberID
    ) -> [(name: String, entries: [JournalEntryView])] {
        var journals: [MemberID?: [JournalEntryView]] = [:]
        for entry in entries { journals[entry.author, default: []].append(entry) }
        return journals.map { author, entries in
            let name =
                author == own
                ? "journal.md" : "journal-\(author?.shortText ?? "unknown").md"
            return (name, entries)
        }
        .sorted { $0.0 < $1.0 }
    }

    private func manifest(_ identity: Identity, at now: ClaimedTime) -> File {
        let document: JSONValue = [
            "programme": [
                "id": .string(identity.programme.text), "name": .string(identity.programmeName),
            ],
            "member": .string(identity.member.text), "device": .string(identity.device.text),
            "exportedAt": .time(now.milliseconds), "schemaVersion": .int(Int64(Schema.version)),
            "records": JSONValue(recordCount),
            "files": .array(
                files.map {
                    [
                        "name": .string($0.name), "records": JSONValue($0.recordCount),
                        "bytes": JSONValue($0.data.count),
                    ]
                }),
        ]
        return File(
            name: "manifest.json", data: Data((document.serialized + "\n").utf8), recordCount: 0)
    }
}
