import Model

/// What whole-file saves put into a history: the trace's text, saved at evenly spaced points.
struct SavesReport: Encodable {
    let count: Int
    /// Characters that were inserted when the trace was recorded.
    let typedCharacters: Int
    /// Characters that the saves insert.
    let insertedCharacters: Int
    let meanMs: Double
    let worstMs: Double

    init(work: TextTrace.Work, count: Int) {
        let writer = DeviceID(rawValue: 1)
        let clock = ContinuousClock()
        var trace = TextDocument()
        var saved = TextDocument()
        var times: [Double] = []
        let stepCount = work.splices.count + work.edits.count
        for step in 0..<stepCount {
            if step < work.splices.count {
                trace.apply(work.splices[step], by: writer)
            } else {
                trace.merge([work.edits[step - work.splices.count]])
            }
            guard (step + 1) * count / stepCount > step * count / stepCount else { continue }
            let text = trace.text
            times.append(clock.measure { _ = saved.save(text, by: writer) } / .microseconds(1))
        }
        self.count = times.count
        typedCharacters = Self.insertedCount(trace)
        insertedCharacters = Self.insertedCount(saved)
        meanMs = (times.reduce(0, +) / Double(max(times.count, 1))).rounded() / 1000
        worstMs = (times.max() ?? 0).rounded() / 1000
    }

    private static func insertedCount(_ document: TextDocument) -> Int {
        document.history.edits().flatMap(\.splices)
            .reduce(0) { $0 + $1.inserted.unicodeScalars.count }
    }
}
