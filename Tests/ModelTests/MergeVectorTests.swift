import Model
import Testing

/// The worked examples of `protocol/merge.md`.
@Suite struct MergeVectorTests {
    private static let vectors = Result { () throws -> Vectors.Merges in
        try ProtocolFolder.vectors("merges")
    }
    static let merges = (try? vectors.get().merges) ?? []

    @Test func vectorsAreThere() throws {
        #expect(try !Self.vectors.get().merges.isEmpty)
        #expect(Set(Self.merges.map(\.name)).count == Self.merges.count)
    }

    @Test(arguments: merges)
    func changesMergeAsTheVectorSays(merge: Vectors.Merges.Merge) throws {
        let file = try Self.vectors.get()
        let record = RecordID(
            device: try #require(DeviceID(text: file.record.device)), counter: file.record.counter)
        let people = Set(file.members.values).sorted()
        let entity = EntityID(merge.entity)
        let changes = try merge.changes.map { try $0.placed(record: record, entity: entity) }
        for order in permutations(changes) {
            var state = RecordState(entity: entity)
            for change in order + order.prefix(1) {
                if change.position == nil { state.overlay(change) } else { state.admit(change) }
            }
            let view = RecordView(
                of: state, isQuiet: { Schema.entity(entity)?.field($0)?.isQuiet ?? false },
                member: { device in
                    file.members[device.text].flatMap { people.firstIndex(of: $0) }.map {
                        MemberID(
                            RecordID(device: DeviceID(rawValue: 0), counter: UInt64($0)))
                    }
                })
            #expect("\(view.life)" == merge.life)
            let values = try merge.values.map {
                (FieldID(try #require(UInt32($0))), try $1.value())
            }
            #expect(view.values == FieldValues(Dictionary(uniqueKeysWithValues: values)))
            #expect(view.conflicts.map(\.field.rawValue) == merge.conflicts.map(\.field))
            #expect(view.conflicts.map(\.kind.rawValue) == merge.conflicts.map(\.kind))
            for (conflict, expected) in zip(view.conflicts, merge.conflicts) {
                #expect(
                    try conflict.heads.map { DeviceNumber(device: $0.device, number: $0.number) }
                        == expected.heads.map { try $0.deviceNumber() })
            }
            #expect(state.canonicalBytes.hexadecimal == merge.canonical)
        }
    }

    private func permutations<Element>(_ elements: [Element]) -> [[Element]] {
        guard !elements.isEmpty else { return [[]] }
        return elements.indices.flatMap { index in
            var rest = elements
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }

    /// Every example in the page is a vector, every vector is an example in the page.
    @Test func pageAndVectorsNameTheSameExamples() throws {
        let page = try ProtocolFolder.page("merge")
        for merge in Self.merges { #expect(page.contains("`\(merge.name)`"), "\(merge.name)") }
        let known = Set(Self.merges.map(\.name))
        for line in page.split(separator: "\n") where line.hasPrefix("| `") {
            let name = line.dropFirst(3).prefix { $0 != "`" }
            #expect(known.contains(String(name)), "\(name)")
        }
    }
}
