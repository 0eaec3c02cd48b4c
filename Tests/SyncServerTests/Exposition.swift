import Testing

/// A page in Prometheus' text format, read by its rules and by nothing of the hub's.
struct Exposition {
    private struct Series: Hashable {
        let name: String
        let labels: [String: String]
    }

    private var values: [Series: Double] = [:]
    private var kinds: [String: String] = [:]

    struct Unreadable: Error {
        let line: String
    }

    /// Reads a page; one that breaks a rule throws or fails the test.
    init(_ text: String) throws {
        #expect(text.hasSuffix("\n"))
        let sample = /(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>[^}]*)\})? (?<value>\S+)/
        let pair = /(?<key>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>[^"\\\n]*)"/
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# HELP ") { continue }
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ").map(String.init)
                guard words.count == 4, kinds[words[2]] == nil else {
                    throw Unreadable(line: String(line))
                }
                kinds[words[2]] = words[3]
                continue
            }
            guard let match = try sample.wholeMatch(in: line),
                let value = Double(match.output.value)
            else { throw Unreadable(line: String(line)) }
            var labels: [String: String] = [:]
            for part in (match.output.labels ?? "").split(separator: ",") {
                guard let found = try pair.wholeMatch(in: part) else {
                    throw Unreadable(line: String(line))
                }
                labels[String(found.output.key)] = String(found.output.value)
            }
            let series = Series(name: String(match.output.name), labels: labels)
            #expect(values[series] == nil, "\(line) stands there twice.")
            values[series] = value
        }
        try requireKinds()
        for (name, kind) in kinds where kind == "histogram" { try requireCumulative(name) }
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        values[Series(name: name, labels: labels)]
    }

    /// Each sample belongs to a name whose kind was said.
    private func requireKinds() throws {
        for series in values.keys {
            let family = ["_bucket", "_sum", "_count"].compactMap { suffix in
                series.name.hasSuffix(suffix) ? String(series.name.dropLast(suffix.count)) : nil
            }
            #expect(
                kinds[series.name] != nil || family.contains { kinds[$0] == "histogram" },
                "\(series.name)")
        }
    }

    private func requireCumulative(_ name: String) throws {
        let buckets = try values.filter { $0.key.name == "\(name)_bucket" }.map { series, value in
            (bound: try #require(Double(series.labels["le"] ?? "")), count: value)
        }.sorted { $0.bound < $1.bound }
        #expect(buckets.count > 1)
        #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0.count <= $1.count })
        #expect(buckets.last?.bound == .infinity)
        #expect(buckets.last?.count == value("\(name)_count"))
        #expect(value("\(name)_sum") != nil)
    }
}
