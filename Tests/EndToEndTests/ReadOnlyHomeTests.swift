import Foundation
import Testing

/// Laptops whose disk is full or takes no writing. What was saved can be read and exported.
///
/// Needs a mount namespace of its own, so it runs where the user may make one.
@Suite(.enabled(if: MountNamespace.isAvailable), .timeLimit(.minutes(10)))
struct ReadOnlyHomeTests {
    private let scratch: Scratch
    private let laptop: Laptop

    /// Ada has joined and written something, all of it sealed in the home.
    init() async throws {
        scratch = try Scratch()
        laptop = Laptop(home: scratch.path("ada"))
        let made = try await Programme.administer(
            "init", "--data", scratch.path("hub"), "--name", "Riverside", "--admin-email",
            "ada@example.org", "--url", "https://127.0.0.1:9")
        try await laptop("join", made["invitation"]["token"].string, "--name", "Ada")
        try await laptop("journal", "write", "Saved before.")
    }

    /// Runs commands, one a line, where the preparation has changed what lies under the home.
    private func run(after preparation: String, _ commands: String) async throws -> Run {
        let script = """
            set -e
            \(preparation)
            set +e
            \(commands)
            """
        return try await Run.of(
            URL(fileURLWithPath: "/usr/bin/unshare"), ["--mount", "/bin/sh", "-c", script],
            environment: [
                "WAYMARK": Programs.waymark.path, "WAYMARK_HOME": laptop.home,
                "OTHER": scratch.path("export"),
            ])
    }

    private static let commands = """
        "$WAYMARK" journal list --json; echo "list $?"
        "$WAYMARK" status --json; echo "status $?"
        "$WAYMARK" export --to "$OTHER" --json; echo "export $?"
        "$WAYMARK" journal write "Not saved." --json; echo "write $?"
        "$WAYMARK" journal list --json; echo "list $?"
        """

    private func expectReadable(_ run: Run, code: String) throws {
        #expect(run.output.contains("Saved before."), "\(run.output)\(run.errors)")
        for word in ["list 0", "status 0", "export 0", "write 1"] {
            #expect(run.output.contains(word), "\(word): \(run.output)\(run.errors)")
        }
        #expect(run.output.contains("\"code\":\"\(code)\""), "\(run.output)")
        #expect(!run.output.contains("Not saved."))
        #expect(run.errors.contains("takes no writing"))
        let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path("export"))
        #expect(files.contains { $0.hasSuffix(".jsonl") }, "\(files)")
    }

    @Test func homeMountedForReadingOnlyIsReadAndExported() async throws {
        let run = try await run(
            after: """
                mount --bind "$WAYMARK_HOME" "$WAYMARK_HOME"
                mount -o remount,ro,bind "$WAYMARK_HOME"
                """, Self.commands)
        try expectReadable(run, code: "readOnly")
    }

    @Test func homeOnAFullDiskIsReadAndExported() async throws {
        let run = try await run(
            after: """
                copy=$(mktemp -d)
                cp -a "$WAYMARK_HOME"/. "$copy"
                mount -t tmpfs -o size=2m tmpfs "$WAYMARK_HOME"
                cp -a "$copy"/. "$WAYMARK_HOME"
                rm -r "$copy"
                dd if=/dev/zero of="$WAYMARK_HOME/rest" bs=4096 2>/dev/null || true
                """, Self.commands)
        try expectReadable(run, code: "diskFull")
    }
}

/// A place where a test may mount what it likes.
enum MountNamespace {
    static let isAvailable: Bool = {
        guard geteuid() == 0 else { return false }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["--mount", "true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}
