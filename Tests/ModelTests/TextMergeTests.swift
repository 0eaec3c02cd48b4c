import Model
import TestSupport
import Testing

/// Merged texts, compared with the definition.
@Suite struct TextMergeTests {
    @Test(arguments: Seed.samples(100))
    func mergedTextIsTheOneOfTheDefinition(seed: Seed) {
        var seed = seed
        let text = seed.textHistory()
        var document = TextDocument()
        let merge = document.merge(text.edits)
        #expect(merge.refused.isEmpty)
        #expect(document.history.pending.isEmpty)
        #expect(document.text.utf8.elementsEqual(text.text.utf8))
        #expect(document.version == text.version(text.heads))
        #expect(document.count == document.text.unicodeScalars.count)
    }

    @Test(arguments: Seed.samples(40))
    func anyOrderAnyBatchesAndAnyRepetitionGiveTheSame(seed: Seed) {
        var seed = seed
        let text = seed.textHistory()
        let expected = document(of: text).history.canonicalBytes
        for _ in 0..<4 {
            var deliveries = seed.causalOrder(of: text)
            if seed.oneIn(2) { deliveries.shuffle(using: &seed) }
            deliveries += (0..<10).map { _ in seed.pick(deliveries) }
            if seed.oneIn(2) { deliveries.shuffle(using: &seed) }
            var replica = TextDocument()
            var rest = deliveries[...]
            while !rest.isEmpty {
                let batch = rest.prefix(1 + seed.below(5))
                rest = rest.dropFirst(batch.count)
                #expect(replica.merge(Array(batch)).refused.isEmpty)
            }
            #expect(replica.text.utf8.elementsEqual(text.text.utf8))
            #expect(replica.history.canonicalBytes == expected)
        }
    }

    /// After each event, a replica that merged step by step shows what the definition shows.
    @Test(arguments: Seed.samples(30))
    func partialMergeIsReplay(seed: Seed) throws {
        var seed = seed
        let text = seed.textHistory()
        var replica = TextDocument()
        var seen: Set<Int> = []
        for edit in seed.causalOrder(of: text) {
            replica.merge([edit])
            let index = text.events.firstIndex {
                $0.id == TextEventID(device: edit.device, sequence: edit.sequence)
            }
            seen.insert(try #require(index))
            #expect(replica.text.utf8.elementsEqual(text.text(seen).utf8))
        }
    }

    /// Two replicas that edit and now and then get what the other has.
    @Test(arguments: Seed.samples(30))
    func replicasThatExchangeWhatTheyLackAgree(seed: Seed) {
        var seed = seed
        var replicas = [TextDocument](repeating: TextDocument(), count: 3)
        for _ in 0..<30 {
            let index = seed.below(3)
            let device = DeviceID(rawValue: UInt64(index + 1))
            let count = replicas[index].count
            let position = seed.below(count + 1)
            replicas[index].apply(
                TextSplice(
                    position: position, deletedCount: seed.below(min(4, count - position) + 1),
                    inserted: seed.text()), by: device)
            if seed.oneIn(3) {
                let other = seed.below(3)
                let lacking = replicas[index].history.edits(since: replicas[other].version)
                replicas[other].merge(lacking)
                if replicas[other].history.contains(replicas[index].version) {
                    #expect(replicas[other].history.edits(since: replicas[other].version).isEmpty)
                } else {
                    Issue.record("The other has not got everything.")
                }
            }
        }
        for index in 0..<3 {
            for other in 0..<3 where other != index {
                let lacking = replicas[index].history.edits(since: replicas[other].version)
                replicas[other].merge(lacking)
            }
        }
        for _ in 0..<2 {
            for index in 0..<3 {
                replicas[(index + 1) % 3].merge(replicas[index].history.edits())
            }
        }
        for replica in replicas.dropFirst() {
            #expect(replica.text.utf8.elementsEqual(replicas[0].text.utf8))
            #expect(replica.history.canonicalBytes == replicas[0].history.canonicalBytes)
        }
    }

    @Test(arguments: Seed.samples(40))
    func everyOldVersionCanBeRead(seed: Seed) throws {
        var seed = seed
        let text = seed.textHistory()
        let document = document(of: text)
        for _ in 0..<10 {
            let heads = text.latest(of: [
                seed.below(text.events.count), seed.below(text.events.count),
            ])
            let old = try document.text(at: text.version(heads))
            #expect(old.utf8.elementsEqual(text.text(text.closure(heads)).utf8))
        }
        #expect(try document.text(at: .empty) == "")
        #expect(throws: TextFailure.unknownVersion) {
            try document.text(
                at: TextVersion([
                    TextEventID(device: DeviceID(rawValue: 99), sequence: 0)
                ]))
        }
    }

    /// Without an event all that builds on it goes, and nothing else.
    @Test(arguments: Seed.samples(40))
    func removedEventsTakeWithThemWhatHasSeenThem(seed: Seed) throws {
        var seed = seed
        let text = seed.textHistory()
        let removed = (0..<2).map { _ in seed.below(text.events.count) }
        let kept = text.events.indices.filter { index in
            !removed.contains { $0 == index || text.events[index].seen.contains($0) }
        }
        let rest = document(of: text).history.removing(removed.map { text.events[$0].id })
        var expected = TextDocument()
        expected.merge(kept.map { text.edits[$0] })
        #expect(rest.canonicalBytes == expected.history.canonicalBytes)
        #expect(
            try TextDocument(replaying: rest).text.utf8
                .elementsEqual(text.text(Set(kept)).utf8))
    }

    private func document(of text: NaiveText) -> TextDocument {
        var document = TextDocument()
        document.merge(text.edits)
        return document
    }
}
