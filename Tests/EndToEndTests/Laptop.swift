import Foundation
import Testing

/// A member's device: a home, and the program that works on it.
struct Laptop: Sendable {
    let home: String
    /// Added to the environment of every command, for a wrong clock.
    var environment: [String: String] = [:]

    /// Runs a command; what it returns may be a failure.
    func run(_ words: [String], input: String? = nil) async throws -> Run {
        try await Run.of(
            Programs.waymark, ["--home", home] + words, input: input, environment: environment)
    }

    /// Runs a command that must succeed, and returns its document.
    @discardableResult
    func callAsFunction(
        _ words: String..., input: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Document {
        let run = try await run(words + ["--json"], input: input)
        try #require(
            run.status == 0, "\(words): \(run.output)\(run.errors)",
            sourceLocation: sourceLocation)
        return try Document(reading: run.output)
    }

    /// Starts a command and does not wait for it.
    func start(_ words: String...) throws -> Running {
        try Running(Programs.waymark, ["--home", home] + words, environment: environment)
    }

    /// Expects that nothing waits here, that the account adds up and that doctor finds no fault.
    func expectLevel(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let status = try await self("status")
        #expect(status["unsent"]["changes"] == 0, sourceLocation: sourceLocation)
        #expect(status["waiting"] == 0, sourceLocation: sourceLocation)
        #expect(status["complete"] == true, sourceLocation: sourceLocation)
        expectBalance(status["changes"], sourceLocation: sourceLocation)
        let doctor = try await self("doctor")
        #expect(doctor["ok"] == true, "\(doctor["faults"])", sourceLocation: sourceLocation)
    }

    /// Expects that every change ever made here is counted once.
    private func expectBalance(_ account: Document, sourceLocation: SourceLocation) {
        let parts = [
            "inForce", "superseded", "siblings", "merged", "rejected", "waiting", "setAside",
        ]
        let sum = parts.compactMap { account[$0].integer }.reduce(0, +)
        #expect(account["made"] == .number(sum), "\(account)", sourceLocation: sourceLocation)
    }

    /// Every file of the home, with its bytes.
    func files() throws -> [(name: String, bytes: Data)] {
        try FileManager.default.subpathsOfDirectory(atPath: home).compactMap { name in
            var isFolder: ObjCBool = false
            let path = home + "/" + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
                !isFolder.boolValue
            else { return nil }
            return (name, try Data(contentsOf: URL(fileURLWithPath: path)))
        }
    }
}
