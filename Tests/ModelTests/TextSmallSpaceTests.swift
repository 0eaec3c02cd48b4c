import Model
import TestSupport
import Testing

/// Every history of a few events, compared with the definition.
@Suite struct TextSmallSpaceTests {
    /// Whatever each event has seen, whatever it does, and whoever of three devices made it.
    @Test func everyHistoryOfFourEventsMergesAsDefined() {
        var count = 0
        for agents in sequences(of: 3, length: 3) {
            forEachHistory(by: [1] + agents) { text in
                count += 1
                check(text)
            }
        }
        #expect(count == 27 * 606)
    }

    /// Of the histories of five events every sixteenth; ties fall either way, and a device is
    /// concurrent with itself.
    @Test func historiesOfFiveEventsMergeAsDefined() {
        var count = 0
        forEachHistory(by: [1, 0, 2, 0, 1]) { text in
            count += 1
            if count % 16 == 0 { check(text) }
        }
        #expect(count > 10_000)
    }

    private func check(_ text: NaiveText) {
        let edits = text.edits
        var document = TextDocument()
        document.merge(edits)
        var reversed = TextDocument()
        for edit in edits.reversed() { reversed.merge([edit]) }
        let isRight =
            document.text.utf8.elementsEqual(text.text.utf8)
            && reversed.text.utf8.elementsEqual(text.text.utf8)
            && document.history.canonicalBytes == reversed.history.canonicalBytes
        if !isRight { Issue.record("\(text.events) \(document.text) \(text.text)") }
    }

    private func sequences(of choices: Int, length: Int) -> [[Int]] {
        (0..<length).reduce([[]]) { lists, _ in
            lists.flatMap { list in (0..<choices).map { list + [$0] } }
        }
    }

    private func forEachHistory(by agents: [Int], _ body: (NaiveText) -> Void) {
        func extend(_ text: NaiveText) {
            let index = text.events.count
            guard index < agents.count else { return body(text) }
            let sequence = UInt64(agents[..<index].count { $0 == agents[index] })
            let id = TextEventID(
                device: DeviceID(rawValue: UInt64(agents[index])), sequence: sequence)
            for subset in 0..<1 << index {
                let parents = (0..<index).filter { subset >> $0 & 1 == 1 }
                guard text.latest(of: parents) == parents else { continue }
                let length = text.length(parents)
                let scalar = Unicode.Scalar(UInt8(97 + index))
                for position in 0...length {
                    var longer = text
                    longer.add(id, parents: parents, .insert(scalar, at: position))
                    extend(longer)
                }
                for position in 0..<length {
                    var longer = text
                    longer.add(id, parents: parents, .delete(at: position))
                    extend(longer)
                }
            }
        }
        extend(NaiveText())
    }
}
