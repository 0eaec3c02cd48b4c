import Foundation
import Synchronization
import Testing

@testable import SyncClient

/// Collects what a stream was given.
private final class Collector: Sendable {
    private let pieces = Mutex<[String]>([])

    var text: String { pieces.withLock { $0.joined() } }
    var count: Int { pieces.withLock { $0.count } }

    func stream(terminal: Bool = false, width: Int? = 80) -> StandardStream {
        StandardStream(isTerminal: terminal, width: width) { piece in
            self.pieces.withLock { $0.append(piece) }
        }
    }
}

@Suite struct OutputTests {
    private let out = Collector()
    private let err = Collector()

    private func output(
        json: Bool = false, terminal: Bool = false, environment: [String: String] = [:]
    ) -> Output {
        Output(
            json: json, environment: environment,
            standardOutput: out.stream(terminal: terminal),
            standardError: err.stream(terminal: terminal))
    }

    @Test func aResultIsTextOrOneDocument() throws {
        try output().write(json: ["id": "a1"], text: "Added \("a1").")
        #expect(out.text == "Added a1.\n")
        try output(json: true).write(json: ["id": "a1"], text: "Added.")
        #expect(out.text == "Added a1.\n{\"id\":\"a1\"}\n")
        #expect(err.text == "")
    }

    @Test(arguments: [
        (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false),
        (true, ["NO_COLOR": ""], true), (true, ["TERM": "dumb"], false),
        (true, ["TERM": "xterm"], true),
    ])
    func colourNeedsATerminalAndConsent(
        terminal: Bool, environment: [String: String], coloured: Bool
    ) throws {
        let output = output(terminal: terminal, environment: environment)
        #expect(output.coloursOutput == coloured)
        #expect(output.coloursErrors == coloured)
        try output.writeOut("\("ok", .success)")
        #expect(out.text == (coloured ? "\u{1B}[32mok\u{1B}[0m\n" : "ok\n"))
    }

    @Test func messagesGoToStandardError() {
        output(json: true).writeError("Sent 3 changes.")
        output(json: true).warn("The clock is wrong.")
        #expect(err.text == "Sent 3 changes.\nWarning: The clock is wrong.\n")
        #expect(out.text == "")
    }

    @Test func aFailureIsReportedOnBothWithJSON() {
        let failure = CommandFailure(.notAllowed, "No.", hint: "Ask an admin.")
        #expect(output().report(failure) == 77)
        #expect(out.text == "")
        #expect(output(json: true).report(failure) == 77)
        #expect(
            out.text
                == #"{"error":{"code":"notAllowed","message":"No.","hint":"Ask an admin."}}"#
                + "\n")
        #expect(err.text == String(repeating: "Error: No.\nHint: Ask an admin.\n", count: 2))
    }

    @Test func anEmptyTableIsASentenceOnStandardError() throws {
        try output().writeOut(TextTable(["A"]), ifEmpty: "No tasks.")
        #expect(out.text == "")
        #expect(err.text == "No tasks.\n")
    }

    @Test func tablesAreCutOnlyOnATerminal() throws {
        var table = TextTable(["A"])
        table.add([TerminalText(String(repeating: "x", count: 100))])
        try output().writeOut(table, ifEmpty: "")
        #expect(out.text.contains(String(repeating: "x", count: 100)))
        let terminal = Collector()
        let narrow = Output(
            json: false, environment: ["NO_COLOR": "1"],
            standardOutput: terminal.stream(terminal: true, width: 20), standardError: err.stream())
        try narrow.writeOut(table, ifEmpty: "")
        #expect(terminal.text == "A\n\(String(repeating: "x", count: 19))…\n")
    }

    @Test func aDescriptorGetsEveryByte() throws {
        let pipe = Pipe()
        let stream = StandardStream(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        #expect(!stream.isTerminal)
        #expect(stream.width == nil)
        try stream.write("Grüezi\n")
        try pipe.fileHandleForWriting.close()
        #expect(try pipe.fileHandleForReading.readToEnd() == Data("Grüezi\n".utf8))
    }

    @Test func aFullDiskIsASentence() throws {
        guard let full = FileHandle(forWritingAtPath: "/dev/full") else { return }
        let failure = #expect(throws: CommandFailure.self) {
            try StandardStream(descriptor: full.fileDescriptor).write("x")
        }
        #expect(failure?.message == "The output could not be written: No space left on device.")
    }

    @Test func progressIsShownOnATerminalAndTakenAway() async throws {
        try await output(terminal: true).withProgress("Receiving") { bar in
            bar.update(0, of: 4)
            bar.update(2, of: 4)
            bar.update(2, of: 4)
        }
        let half = String(repeating: "#", count: 15) + String(repeating: " ", count: 15)
        #expect(
            err.text == "\rReceiving [\(String(repeating: " ", count: 30))] 0 %\u{1B}[K"
                + "\rReceiving [\(half)] 50 %\u{1B}[K\r\u{1B}[K")
        #expect(out.text == "")
    }

    @Test func progressIsSilentWhenRedirected() async throws {
        try await output().withProgress("Receiving") { $0.update(1, of: 2) }
        #expect(err.text == "")
    }

    @Test func progressGoesAwayWhenTheWorkFails() async {
        await #expect(throws: CommandFailure.self) {
            try await output(terminal: true).withProgress("Receiving") { bar in
                bar.update(1, of: nil)
                throw CommandFailure(.refused, "No.")
            }
        }
        #expect(err.text == "\rReceiving 1\u{1B}[K\r\u{1B}[K")
    }

    @Test func aMillionReportsDrawFewLines() {
        let counting = Collector()
        let bar = ProgressBar("Importing", on: counting.stream(terminal: true))
        for done in 0..<100_000 { bar.update(Int64(done), of: 100_000) }
        #expect(counting.count <= 131)
        let open = Collector()
        let openBar = ProgressBar("Importing", on: open.stream(terminal: true))
        for done in 0..<100_000 { openBar.update(Int64(done), of: nil) }
        #expect(open.count < 1_000)
    }

    @Test func aNarrowTerminalGetsAShortLine() {
        let narrow = Collector()
        ProgressBar("Receiving", on: narrow.stream(terminal: true, width: 12)).update(1, of: 2)
        #expect(narrow.text == "\rReceiving 5\u{1B}[K")
    }
}

@Suite struct OutputJSONValueTests {
    @Test func keysKeepTheirOrder() {
        let document: JSONValue = [
            "zebra": 1, "apple": [true, false, nil], "nested": ["b": "x", "a": []], "empty": [:],
        ]
        #expect(
            document.serialized
                == #"{"zebra":1,"apple":[true,false,null],"nested":{"b":"x","a":[]},"empty":{}}"#)
        #expect(document["nested"]?["b"] == "x")
        #expect(document["missing"] == nil)
        #expect(JSONValue(1).adding(["a": 1]) == 1)
        let added = JSONValue.object([]).adding(["a": 1])
        #expect(added.serialized == #"{"a":1}"#)
    }

    @Test(arguments: [
        ("plain", #""plain""#), ("\"\\/", #""\"\\/""#), ("\n\r\t", #""\n\r\t""#),
        ("\u{0}\u{8}\u{1B}", #""\u0000\u0008\u001b""#), ("\u{7F}\u{9B}", #""\u007f\u009b""#),
        ("\u{2028}\u{2029}\u{202E}", #""\u2028\u2029\u202e""#), ("👍é你", #""👍é你""#),
        ("\r\n", #""\r\n""#),
    ])
    func stringsAreEscaped(text: String, expected: String) throws {
        #expect(JSONValue.string(text).serialized == expected)
        let parsed = try JSONSerialization.jsonObject(
            with: Data(JSONValue.string(text).serialized.utf8), options: .fragmentsAllowed)
        #expect(parsed as? String == text)
    }

    @Test(arguments: [
        (JSONValue.int(.max), "9223372036854775807"), (.int(.min), "-9223372036854775808"),
        (.double(4.5), "4.5"), (.double(4), "4.0"), (.double(1e-7), "1e-07"),
        (.double(.infinity), "null"), (.double(.nan), "null"),
        (JSONValue(nil as String?), "null"), (JSONValue("x" as String?), "\"x\""),
        (.time(0), "\"1970-01-01T00:00:00Z\""), (.time(nil), "null"),
    ])
    func valuesAreWritten(value: JSONValue, expected: String) {
        #expect(value.serialized == expected)
    }
}
