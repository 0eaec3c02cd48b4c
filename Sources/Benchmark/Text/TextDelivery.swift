import Model
import Wire

/// Delivers a history as a bad network would: cut anywhere, in a random causal order with batches
/// out of order within, with duplicates, and with the replica saved and loaded in between.
struct TextDelivery {
    private var random: SplitMix

    init(seed: UInt64) {
        random = SplitMix(state: seed)
    }

    /// Whether another replica ends with the same text and the same canonical bytes.
    mutating func arrivesWell(_ document: TextDocument) throws -> Bool {
        let batches = batches(of: document)
        var replica = TextDocument()
        var delivered: [TextEdit] = []
        let savingEvery = max(batches.count / 40, 1)
        for (index, batch) in batches.enumerated() {
            var batch = batch
            if !delivered.isEmpty {
                for _ in 0..<below(3) { batch.append(delivered[below(delivered.count)]) }
            }
            batch.shuffle(using: &random)
            guard replica.merge(batch).refused.isEmpty else { return false }
            delivered += batch
            if index % savingEvery == 0 {
                let text = replica.text
                let stored = TextArchive.bytes(of: replica.history, text: text)
                let history = try TextArchive.history(stored, text: text)
                replica = TextDocument(history: history, text: text)
            }
        }
        return replica.text.utf8.elementsEqual(document.text.utf8)
            && replica.history.canonicalBytes == document.history.canonicalBytes
    }

    /// All edits, cut into pieces, in a random order in which parents come first.
    private mutating func batches(of document: TextDocument) -> [[TextEdit]] {
        let most = max(document.history.eventCount / 400, 8)
        let pieces = document.history.edits().flatMap { edit in
            var (pieces, rest): ([TextEdit], TextEdit?) = ([], edit)
            while let whole = rest {
                let (piece, remainder) = whole.divided(after: 1 + below(most))
                pieces.append(piece)
                rest = remainder
            }
            return pieces
        }
        var waiting: [TextEventID: [Int]] = [:]
        var missing = pieces.map(\.parents.heads.count)
        for (index, piece) in pieces.enumerated() {
            for parent in piece.parents.heads { waiting[parent, default: []].append(index) }
        }
        var ready = pieces.indices.filter { missing[$0] == 0 }
        var (batches, batch): ([[TextEdit]], [TextEdit]) = ([], [])
        while !ready.isEmpty {
            ready.swapAt(below(ready.count), ready.count - 1)
            let piece = pieces[ready.removeLast()]
            batch.append(piece)
            if below(6) == 0 {
                batches.append(batch)
                batch = []
            }
            for offset in 0..<piece.count {
                let id = TextEventID(
                    device: piece.device, sequence: piece.sequence + UInt64(offset))
                for child in waiting[id] ?? [] {
                    missing[child] -= 1
                    if missing[child] == 0 { ready.append(child) }
                }
            }
        }
        return batches + [batch]
    }

    private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
