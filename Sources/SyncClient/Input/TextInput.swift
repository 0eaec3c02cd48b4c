import Foundation

/// Gets a text from where the member put it: the argument, standard input (`-`) or an editor.
///
/// What comes back is valid UTF-8 of at most ``byteCountMax`` bytes without zero bytes, line ends
/// at its end and byte order mark.
struct TextInput: Sendable {
    /// The bound of one value in a change; more could never be recorded.
    static let byteCountMax = 256 * 1024

    /// What the text is called in sentences: "text", "comment", "note".
    let name: String

    /// Whether a text of nothing is a text, as when an edit clears a field.
    let allowsEmpty: Bool

    let surroundings: InputSurroundings

    init(
        name: String = "text", allowsEmpty: Bool = false,
        surroundings: InputSurroundings = .process
    ) {
        self.name = name
        self.allowsEmpty = allowsEmpty
        self.surroundings = surroundings
    }

    /// Returns the text; a draft written in the editor is removed before this returns.
    ///
    /// The argument is nil where it was not given; `initial` is what the editor opens with.
    func read(_ argument: String?, initial: String = "") throws -> String {
        let (text, draft) = try readKeepingDraft(argument, initial: initial)
        draft?.remove()
        return text
    }

    /// Passes the text on and keeps a draft from the editor where the work with it fails.
    ///
    /// Nobody should have to write a long entry twice because the command was refused: the hint
    /// of the failure then says where the draft is.
    func withText<Result>(
        _ argument: String?, initial: String = "",
        perform work: (String) async throws -> Result
    ) async throws -> Result {
        let (text, draft) = try readKeepingDraft(argument, initial: initial)
        do {
            let result = try await work(text)
            draft?.remove()
            return result
        } catch {
            guard let draft else { throw error }
            throw CommandFailure(describing: error).keeping(draft)
        }
    }

    private func readKeepingDraft(
        _ argument: String?, initial: String
    ) throws -> (text: String, draft: EditorDraft?) {
        switch argument {
        case "-": return (try decode(standardInput(), from: .standardInput), nil)
        case let argument?: return (try decode(Data(argument.utf8), from: .argument), nil)
        case nil: break
        }
        guard surroundings.standardInputIsTerminal else {
            throw CommandFailure(
                .usage, code: "missingText", "The \(name) is missing.",
                hint: "Give it as an argument, or \"-\" to read it from standard input.")
        }
        guard let editor = surroundings.editor else {
            throw CommandFailure(
                .usage, code: "missingText",
                "The \(name) is missing, and no editor is set to write it in.",
                hint: "Give it as an argument or \"-\", or set EDITOR, as in EDITOR=nano.")
        }
        let draft = try EditorDraft(text: initial, in: surroundings.temporaryDirectory)
        let data: Data
        do {
            try run(editor, on: draft)
            data = try draft.read(upToCount: Self.byteCountMax + 1)
        } catch {
            draft.remove()
            throw error
        }
        do {
            return (try decode(data, from: .editor), draft)
        } catch {
            guard !data.isEmpty, error.kind == .badData else {
                draft.remove()
                throw error
            }
            throw error.keeping(draft)
        }
    }

    private func run(_ editor: String, on draft: EditorDraft) throws {
        let status = surroundings.runEditor(editor, draft.path)
        guard status == 0 else {
            throw CommandFailure(
                .refused, code: "editorFailed",
                "The editor ended with status \(status), so nothing was saved.",
                hint: "Check VISUAL and EDITOR, or give the \(name) as an argument or \"-\".")
        }
    }

    private func standardInput() throws -> Data {
        do {
            return try surroundings.readStandardInput(Self.byteCountMax + 1)
        } catch {
            throw CommandFailure(
                .badData, code: "unreadableInput", "Standard input could not be read.",
                hint: "Check what the command reads from, as in: echo hello | waymark … -")
        }
    }

    private enum Source {
        case argument, standardInput, editor

        var phrase: String {
            switch self {
            case .argument: "given as an argument"
            case .standardInput: "on standard input"
            case .editor: "from the editor"
            }
        }
    }

    private func decode(_ data: Data, from source: Source) throws(CommandFailure) -> String {
        guard data.count <= Self.byteCountMax else {
            throw CommandFailure(
                .badData, code: "textTooLong",
                "The \(name) \(source.phrase) is longer than "
                    + "\(ByteCount.string(Self.byteCountMax)).",
                hint: "Shorten it, or split it into several.")
        }
        guard let decoded = String(validating: data, as: UTF8.self) else {
            throw CommandFailure(
                .badData, code: "invalidText", "The \(name) \(source.phrase) is not valid UTF-8.",
                hint: "Convert it first, as in: iconv -f ISO-8859-1 -t UTF-8 FILE.")
        }
        guard !decoded.unicodeScalars.contains("\0") else {
            throw CommandFailure(
                .badData, code: "invalidText",
                "The \(name) \(source.phrase) has a zero byte in it.",
                hint: "Give plain text; attachments are not texts.")
        }
        var scalars = Substring.UnicodeScalarView(decoded.unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        while let last = scalars.last, last == "\n" || last == "\r" { scalars.removeLast() }
        let text = String(scalars)
        let isNothing = allowsEmpty && text.allSatisfy(\.isWhitespace)
        guard isNothing || !TerminalText.isInvisible(text) else { throw emptyFailure(source) }
        return text
    }

    private func emptyFailure(_ source: Source) -> CommandFailure {
        switch source {
        case .editor:
            CommandFailure(
                .refused, code: "emptyText", "The \(name) is empty, so nothing was saved.",
                hint: "Write something in the editor, save, and leave it.")
        case .argument, .standardInput:
            CommandFailure(
                .usage, code: "emptyText", "The \(name) \(source.phrase) is empty.",
                hint: "Give at least one word.")
        }
    }
}

extension CommandFailure {
    /// The same failure with the place of the draft in its hint.
    fileprivate func keeping(_ draft: EditorDraft) -> CommandFailure {
        let place = "Your text is kept in \(draft.path)"
        return CommandFailure(
            kind, code: code, message, hint: hint.map { "\($0)\n\(place)" } ?? place)
    }
}
