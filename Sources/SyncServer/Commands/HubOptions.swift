import ArgumentParser
import Model

/// What every command takes.
struct HubOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The hub's folder", valueName: "dir"))
    var data: String

    @Flag(help: "Print one JSON document on standard output")
    var json = false

    var folder: HubFolder { HubFolder(data) }
    var output: HubOutput { HubOutput(isJSON: json) }

    /// Runs what only looks at the hub, which works where its disk takes no writing, too.
    func reading<Result>(_ body: (Hub) throws -> Result) throws -> Result {
        let whenCopied = {
            output.note(
                "\(folder.path) takes no writing now: it can be looked at and backed up only.")
        }
        return try Hub.reading(folder, whenCopied: whenCopied, body)
    }
}

/// A span of time as people type it: `45m`, `24h`, `7d`, `1h30m`.
struct Span: ExpressibleByArgument, Equatable {
    let milliseconds: Int64

    init?(argument: String) {
        var total: Int64 = 0
        var number: Int64?
        for character in argument {
            if let digit = character.wholeNumberValue, character.isASCII {
                let next = (number ?? 0) * 10 + Int64(digit)
                guard next <= 1_000_000 else { return nil }
                number = next
                continue
            }
            let unit: Int64? =
                switch character {
                case "m": 60_000
                case "h": 3_600_000
                case "d": 86_400_000
                default: nil
                }
            guard let unit, let count = number else { return nil }
            total += count * unit
            number = nil
        }
        guard number == nil, total > 0 else { return nil }
        milliseconds = total
    }

    init(hours: Int64) {
        milliseconds = hours * 3_600_000
    }
}

extension Role: ExpressibleByArgument {
    package init?(argument: String) { self.init(name: argument) }
    package static var allValueStrings: [String] { allCases.map(\.name) }
    package var defaultValueDescription: String { name }
}
