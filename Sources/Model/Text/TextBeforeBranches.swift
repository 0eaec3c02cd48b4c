/// The text before its history first branched, worked out when it is first asked for.
struct TextBeforeBranches {
    private let history: TextHistory
    private let end: Int
    private var scalars: [Unicode.Scalar]?

    init(of history: TextHistory, before end: Int) {
        self.history = history
        self.end = end
    }

    /// A character of the text, by its name in a search.
    mutating func scalar(
        _ id: Int, in search: TextOverlapSearch
    ) throws(TextFailure) -> Unicode.Scalar? {
        try text(of: id..<id + 1, in: search).first
    }

    /// Characters with consecutive names.
    mutating func text(
        of ids: Range<Int>, in search: TextOverlapSearch
    ) throws(TextFailure) -> [Unicode.Scalar] {
        if ids.lowerBound < TextTracker.baseID { return search.text(of: ids) }
        if scalars == nil {
            let version = TextVersion(end > 0 ? [history.graph.id(of: end - 1)] : [])
            let text = try TextDocument(at: version, of: history).text
            scalars = Array(text.unicodeScalars)
        }
        let offsets = ids.lowerBound - TextTracker.baseID..<ids.upperBound - TextTracker.baseID
        return Array(scalars?[offsets.clamped(to: 0..<(scalars?.count ?? 0))] ?? [])
    }
}
