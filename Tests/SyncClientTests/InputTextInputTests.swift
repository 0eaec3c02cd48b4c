import Foundation
import Testing

@testable import SyncClient

@Suite final class InputTextInputTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("text-input-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func input(
        standardInput: Data = Data(), terminal: Bool = true, editor: String? = "editor",
        allowsEmpty: Bool = false,
        edit: @escaping @Sendable (_ command: String, _ path: String) -> Int32 = { _, _ in 0 }
    ) -> TextInput {
        TextInput(
            name: "note", allowsEmpty: allowsEmpty,
            surroundings: InputSurroundings(
                standardInputIsTerminal: terminal, editor: editor, temporaryDirectory: folder,
                readStandardInput: { standardInput.prefix($0) }, runEditor: edit))
    }

    private func leftovers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
    }

    private func failure(_ perform: () throws -> String) -> CommandFailure? {
        do {
            _ = try perform()
            return nil
        } catch {
            return error as? CommandFailure
        }
    }

    @Test func anArgumentIsTheText() throws {
        #expect(try input().read("hello") == "hello")
        #expect(try input().read("two\nlines\n") == "two\nlines")
        #expect(try input(allowsEmpty: true).read("") == "")
    }

    @Test(arguments: [
        ("hello\n", "hello"), ("a\r\nb\r\n\r\n", "a\r\nb"), ("\u{FEFF}Grüezi", "Grüezi"),
        ("  indented", "  indented"), ("-", "-"),
    ])
    func aDashReadsStandardInput(bytes: String, expected: String) throws {
        let input = input(standardInput: Data(bytes.utf8), terminal: false)
        #expect(try input.read("-") == expected)
    }

    @Test func exactlyTheBoundIsAccepted() throws {
        let text = String(repeating: "x", count: TextInput.byteCountMax)
        #expect(try input(standardInput: Data(text.utf8)).read("-") == text)
        let failure = failure { try input(standardInput: Data((text + "x").utf8)).read("-") }
        #expect(failure?.kind == .badData)
        #expect(failure?.message == "The note on standard input is longer than 256 KiB.")
        #expect(self.failure { try input().read(text + "x") }?.kind == .badData)
    }

    @Test(arguments: [
        (
            Data([0xC3, 0x28]), CommandFailure.Kind.badData,
            "The note on standard input is not valid UTF-8."
        ),
        (Data([0x61, 0x00]), .badData, "The note on standard input has a zero byte in it."),
        (Data(), .usage, "The note on standard input is empty."),
        (Data(" \n".utf8), .usage, "The note on standard input is empty."),
    ])
    func badStandardInputIsRefused(bytes: Data, kind: CommandFailure.Kind, message: String) {
        let failure = failure { try input(standardInput: bytes).read("-") }
        #expect(failure?.kind == kind)
        #expect(failure?.message == message)
        #expect(failure?.hint != nil)
    }

    @Test func aMissingTextWithoutTerminalIsWrongUsage() {
        let failure = failure { try input(terminal: false).read(nil) }
        #expect(failure?.exitCode == 64)
        #expect(failure?.message == "The note is missing.")
        #expect(
            failure?.hint
                == "Give it as an argument, or \"-\" to read it from standard input.")
    }

    @Test func aMissingEditorIsToldHowToSetOne() {
        let failure = failure { try input(editor: nil).read(nil) }
        #expect(failure?.exitCode == 64)
        #expect(failure?.hint?.contains("EDITOR=nano") == true)
    }

    @Test func theEditorGetsAPrivateFileThatIsGoneAfterwards() throws {
        let input = input(editor: "ed --wait") { command, path in
            guard command == "ed --wait",
                let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                attributes[.posixPermissions] as? Int == 0o600,
                let folder = try? FileManager.default.attributesOfItem(
                    atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path),
                folder[.posixPermissions] as? Int == 0o700,
                let before = try? String(contentsOfFile: path, encoding: .utf8)
            else { return 1 }
            let after = Data("\(before), edited\n".utf8)
            return FileManager.default.createFile(atPath: path, contents: after) ? 0 : 2
        }
        #expect(try input.read(nil, initial: "before") == "before, edited")
        #expect(try leftovers().isEmpty)
    }

    @Test func aFailingEditorSavesNothing() throws {
        let failure = failure { try input { _, _ in 7 }.read(nil) }
        #expect(failure?.exitCode == 1)
        #expect(failure?.message == "The editor ended with status 7, so nothing was saved.")
        #expect(try leftovers().isEmpty)
    }

    @Test func anEmptyDraftSavesNothing() throws {
        let failure = failure { try input().read(nil) }
        #expect(failure?.exitCode == 1)
        #expect(failure?.message == "The note is empty, so nothing was saved.")
        #expect(try leftovers().isEmpty)
    }

    @Test func anUnusableDraftIsKeptAndNamed() throws {
        let failure = failure {
            try input { _, path in
                FileManager.default.createFile(atPath: path, contents: Data([0xFF])) ? 0 : 1
            }.read(nil)
        }
        #expect(failure?.kind == .badData)
        let folderName = try #require(try leftovers().first)
        #expect(failure?.hint?.contains("Your text is kept in") == true)
        #expect(failure?.hint?.contains(folderName) == true)
    }

    @Test func aDraftOutlivesACommandThatIsRefused() async throws {
        struct Unforeseen: Error {}
        let edit: @Sendable (String, String) -> Int32 = { _, path in
            FileManager.default.createFile(atPath: path, contents: Data("long".utf8)) ? 0 : 1
        }
        let seen = try await input(edit: edit).withText(nil) { $0 }
        #expect(seen == "long")
        #expect(try leftovers().isEmpty)

        let error = await #expect(throws: CommandFailure.self) {
            try await self.input(edit: edit).withText(nil) { _ in throw Unforeseen() }
        }
        #expect(error?.kind == .internalError)
        #expect(error?.hint?.contains("Your text is kept in") == true)
        #expect(try leftovers().count == 1)
    }

    @Test func anUnwritableFolderIsASentence() {
        let surroundings = InputSurroundings(
            standardInputIsTerminal: true, editor: "ed",
            temporaryDirectory: folder.appendingPathComponent("missing"),
            readStandardInput: { _ in Data() }, runEditor: { _, _ in 0 })
        let failure = failure { try TextInput(surroundings: surroundings).read(nil) }
        #expect(
            failure?.message
                == "No file could be made for the editor: No such file or directory.")
    }

    @Test(arguments: [
        (["VISUAL": "code --wait", "EDITOR": "vi"], "code --wait" as String?),
        (["EDITOR": "vi"], "vi"), (["VISUAL": " ", "EDITOR": "vi"], "vi"), ([:], nil),
    ])
    func visualComesBeforeEditor(environment: [String: String], expected: String?) {
        #expect(InputSurroundings.editor(in: environment) == expected)
    }

    @Test func theShellRunsTheEditorOnAQuotedPath() throws {
        let file = folder.appendingPathComponent("it's a file")
        #expect(InputSurroundings.runInShell("touch", on: file.path) == 0)
        #expect(FileManager.default.fileExists(atPath: file.path))
        #expect(InputSurroundings.runInShell("exit 3; :", on: file.path) == 3)
    }

    @Test func aPipeIsReadToTheBound() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data("hello world".utf8))
        try pipe.fileHandleForWriting.close()
        let data = try InputSurroundings.read(pipe.fileHandleForReading, byteCountMax: 5)
        #expect(data == Data("hello".utf8))
        let rest = try InputSurroundings.read(pipe.fileHandleForReading, byteCountMax: 100)
        #expect(rest == Data(" world".utf8))
    }
}
