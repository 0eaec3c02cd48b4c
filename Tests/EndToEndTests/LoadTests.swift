import Foundation
import Testing

/// The load driver itself, run small: what it checks of the hub must hold, and it must end.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LoadTests {
    private struct Row: Decodable {
        let name: String
        let value: Double
        let comparison: Double?
        let met: Bool?
    }

    @Test func hubUnderLoadLosesNothingAndSellsNoSeatTwice() async throws {
        let run = try await Run.of(
            Programs.bench,
            [
                "hub", "--devices", "10", "--seconds", "1", "--changes", "50", "--requests", "9",
                "--seats", "3", "--hub", Programs.hub.path,
            ])
        #expect(run.status == 0, "\(run.errors)")
        let json = try #require(run.output.split(separator: "\n").last)
        let rows = try JSONDecoder().decode([Row].self, from: Data(json.utf8))
        func row(_ end: String) throws -> Row {
            try #require(rows.first { $0.name.hasSuffix(end) }, "\(end)")
        }
        #expect(try row("acknowledged before kill -9").value > 0)
        #expect(try row("lost by kill -9").value == 0)
        #expect(try row("small syncs: throughput").comparison ?? 0 > 0)
        #expect(try row("all level").value > 0)
        #expect(try row("seats: confirmed").value == 3)
        #expect(try row("refused with a verdict").value == 6)
    }
}
