import Model
import Replica

// What the readers of outside texts name but do not need for reading. The real ones bring the
// database and the network with them, which a fuzzer would have to instrument and carry.

/// An entry as it is written to a file.
struct JournalEntryView {
    let date: String?
    let title: String?
    let body: String
    let tags: [String]
}

/// Where arguments are read, which no fuzzed reader does.
struct CommandContext {
    func shortText(_ argument: String, _ name: String) throws -> String { argument }
}

extension ReplicaError {
    var commandFailure: CommandFailure { CommandFailure(.internalError, "No file was opened.") }
}
