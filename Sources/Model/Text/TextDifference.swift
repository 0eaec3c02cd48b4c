/// From two texts to splices.
package enum TextDifference {
    package static func splices(from old: String, to new: String) -> [TextSplice] {
        let (old, new) = (Array(old.unicodeScalars), Array(new.unicodeScalars))
        var start = 0
        while start < old.count, start < new.count, old[start] == new[start] { start += 1 }
        var end = 0
        while end < old.count - start, end < new.count - start,
            old[old.count - 1 - end] == new[new.count - 1 - end]
        { end += 1 }
        guard start + end < max(old.count, new.count) else { return [] }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: new[start..<new.count - end])
        return [
            TextSplice(
                position: start, deletedCount: old.count - end - start, inserted: String(text))
        ]
    }
}
