import Foundation
import Logging
import Synchronization

/// Writes one JSON object per line to standard error: `time`, `level`, `message` and the metadata.
///
/// Messages are fixed texts; ids, counts and sizes go into the metadata, content never.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let now: @Sendable () -> Date
    private let sink: @Sendable (String) -> Void

    init(
        label: String, now: @escaping @Sendable () -> Date,
        sink: @escaping @Sendable (String) -> Void = JSONLogHandler.writeToStandardError
    ) {
        self.label = label
        self.now = now
        self.sink = sink
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields: [String: String] = [:]
        for (key, value) in metadata { fields[key] = "\(value)" }
        for (key, value) in metadataProvider?.get() ?? [:] { fields[key] = "\(value)" }
        for (key, value) in event.metadata ?? [:] { fields[key] = "\(value)" }
        fields["time"] = RFC3339Time.text(of: now())
        fields["level"] = event.level.rawValue
        fields["message"] = "\(event.message)"
        fields["label"] = label
        sink(JSONText.object(fields) + "\n")
    }

    private static let lock = Mutex(())

    /// Lines of several threads never mix.
    private static let writeToStandardError: @Sendable (String) -> Void = { line in
        lock.withLock { _ in
            try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
        }
    }
}
