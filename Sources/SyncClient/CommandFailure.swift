import Replica

/// Why a command did not do what it was asked, told to a person who did nothing wrong.
///
/// The one place where failures get their exit code, their stable word for scripts and their
/// sentence. Errors of other modules are turned into this type by extensions beside it.
struct CommandFailure: Error, Equatable {
    /// The families of failure, each with the exit code that scripts rely on.
    enum Kind: CaseIterable, Sendable {
        /// The request was understood and refused, or the work failed.
        case refused
        /// The command line is wrong: an unknown option, a missing or unreadable argument.
        case usage
        /// A token, bundle, import file or text is damaged.
        case badData
        /// The hub cannot be reached; the work is saved on this device.
        case unreachable
        /// A fault of this program.
        case internalError
        /// The member's role or grants do not allow it.
        case notAllowed

        /// The exit status of the process; 64 to 77 follow the meanings of `sysexits.h`.
        var exitCode: Int32 {
            switch self {
            case .refused: 1
            case .usage: 64
            case .badData: 65
            case .unreachable: 69
            case .internalError: 70
            case .notAllowed: 77
            }
        }

        /// The word that stands in JSON when a failure brings no more precise one.
        var code: String {
            switch self {
            case .refused: "refused"
            case .usage: "usage"
            case .badData: "badData"
            case .unreachable: "unreachable"
            case .internalError: "internalError"
            case .notAllowed: "notAllowed"
            }
        }
    }

    let kind: Kind

    /// A short lowerCamelCase word for scripts; it never changes once released.
    let code: String

    /// What happened and to what: one sentence that ends with a full stop.
    let message: String

    /// What to do now.
    let hint: String?

    /// Creates a failure; without a code of its own it carries the word of its kind.
    init(_ kind: Kind, code: String? = nil, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.code = code ?? kind.code
        self.message = message
        self.hint = hint
    }

    var exitCode: Int32 { kind.exitCode }

    /// The two lines for standard error; text that others wrote is escaped.
    var text: TerminalText {
        var text: TerminalText = "\("Error:", .error) \(lines: message)\n"
        if let hint { text.append("\("Hint:", .emphasis) \(lines: hint)\n") }
        return text
    }

    /// The document for standard output when `--json` is given; `hint` is null where none exists.
    var json: JSONValue {
        [
            "error": [
                "code": .string(code), "message": .string(message), "hint": JSONValue(hint),
            ]
        ]
    }
}

/// An error of another module that knows its sentence, hint and exit code.
///
/// The conformances stand in this module, one file per error type.
protocol CommandFailureConvertible: Error {
    var commandFailure: CommandFailure { get }
}

extension CommandFailure {
    /// Turns any error into a failure; one that nobody foresaw is our bug.
    ///
    /// The text of an unforeseen error stays inside, because it may quote what a member wrote.
    init(describing error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as any CommandFailureConvertible: self = error.commandFailure
        case is CancellationError:
            self.init(
                .refused, code: "interrupted", "The command was interrupted.",
                hint: "Run it again; what was saved stays saved.")
        default:
            // Whatever a command was about to do: a damaged file is no fault of this program.
            if let failure = ReplicaError(ofFile: error, at: "the file of this replica") {
                self = failure.commandFailure
                return
            }
            self.init(
                .internalError, "Something unforeseen went wrong in this program.",
                hint: "Please report it with the command and this word: "
                    + String(reflecting: type(of: error)))
        }
    }
}

extension CommandFailure: CustomStringConvertible {
    /// The sentence alone, for places that print any error.
    var description: String { message }
}
