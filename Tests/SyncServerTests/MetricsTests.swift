import Cryptography
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Model
import NIOCore
import TestSupport
import Testing
import Wire

@testable import SyncServer

@Suite struct HistogramTests {
    @Test func valuesFallIntoTheBucketsAtOrAboveThem() {
        var histogram = Histogram(bounds: [1, 2, 4])
        for value in [0, 1, 1.5, 4, 4.5, 1000] { histogram.note(value) }
        #expect(histogram.cumulativeCounts == [2, 3, 4, 6])
        #expect(histogram.count == 6)
        #expect(histogram.sum == 1011)
    }
}

@Suite struct HubTallyTests {
    @Test func setThatSpansSectionsIsRefusedOnce() {
        var tally = HubTally()
        let refusal = SectionAdmission.Refusal(ordinal: 3, reason: .notAllowed)
        let sections = [1, 2].map { byte in
            SectionAdmission(
                section: Digest.of([byte], domain: HashDomain("test")),
                floor: EffectiveTime(milliseconds: 0), refusals: [refusal])
        }
        tally.noteRefusals(
            of: Admission(
                batch: .zero, position: .start, receipt: HubTime(milliseconds: 0),
                sections: sections))
        #expect(
            tally.refusals == [HubTally.Refusal(subject: .changeSet, code: "notAllowed"): 1])
    }
}

/// What a hub that has served some requests says to a Prometheus.
@Suite(.timeLimit(.minutes(10))) struct MetricsRouteTests {
    let harness: HubHarness

    init() throws {
        harness = try HubHarness()
    }

    /// A sync request as it goes over the network.
    private func posted(_ request: SyncRequest, by device: RawDevice) -> [UInt8] {
        let body = request.sealed(by: device.key).encodedBytes
        let head = HostileClient.request(
            "POST /v1/sync", "Connection: close", "Content-Length: \(body.count)")
        return Array(head.utf8) + body
    }

    private func page(_ client: HostileClient, _ headers: String...) async throws -> String {
        let lines = (["GET /metrics HTTP/1.1", "Host: localhost"] + headers + ["", ""])
        return try await client.send(
            (lines.dropLast(2) + ["Connection: close", "", ""]).joined(separator: "\r\n")
        ).text
    }

    @Test func pageCountsWhatTheHubDid() async throws {
        let (mentor, participant) = try harness.pair(participant: "canary")
        let slot = mentor.slot(at: harness.time.milliseconds + 3_600_000, isInstant: true)
        let booking = participant.booking(slot.id, with: mentor.member)
        let forbidden = participant.slot(at: harness.time.milliseconds + 3_600_000)
        try await harness.serving {
            $0.idleSeconds = 60
        } _: { client in
            for request in [
                posted(mentor.request([slot.batch]), by: mentor),
                posted(participant.request([booking.batch]), by: participant),
                posted(participant.request([forbidden.batch]), by: participant),
                posted(participant.request([forbidden.batch]), by: participant),
            ] {
                #expect(try await client.send([request]).statuses == [200])
            }
            let garbage = HostileClient.request(
                "POST /v1/sync", "Connection: close", "Content-Length: 1", body: "x")
            #expect(try await client.send(garbage).statuses == [400])

            let answer = try await page(client)
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(answer.lowercased().contains("content-type: text/plain; version=0.0.4"))
            let page = try Exposition(body(of: answer))
            #expect(page.value("waymark_syncs_total") == 4)
            #expect(page.value("waymark_batches_total", ["outcome": "admitted"]) == 3)
            #expect(page.value("waymark_batches_total", ["outcome": "known"]) == 1)
            // The slot is its life and four fields, the booking its life and two.
            #expect(page.value("waymark_changes_total") == 8)
            #expect(page.value("waymark_verdicts_total") == 1)
            let refused = ["subject": "changeSet", "code": "wrongScope"]
            let notAllowed = ["subject": "changeSet", "code": "notAllowed"]
            let sets =
                (page.value("waymark_refusals_total", refused) ?? 0)
                + (page.value("waymark_refusals_total", notAllowed) ?? 0)
            #expect(sets == 1)
            let malformed = ["subject": "request", "code": "malformed"]
            #expect(page.value("waymark_refusals_total", malformed) == 1)
            #expect(page.value("waymark_sync_seconds_count") == 4)
            // The two had joined before, each in a transaction.
            #expect(page.value("waymark_transaction_requests_sum") == 6)
            #expect(page.value("waymark_fsync_seconds_count") ?? 0 >= 6)
            #expect(page.value("waymark_queue_requests") == 0)
            #expect(page.value("waymark_database_bytes") ?? 0 > 0)
            #expect(page.value("waymark_wal_bytes") ?? 0 > 0)
        }
    }

    @Test func pageNamesNobody() async throws {
        let (mentor, participant) = try harness.pair(participant: "canary")
        let ids = [mentor, participant].flatMap {
            ["\($0.member)", "\($0.device)", $0.member.recordID.bytes.hexadecimal]
        }
        try await harness.serving {
            $0.idleSeconds = 60
        } _: { client in
            let request = participant.request()
            _ = try await client.send([posted(request, by: participant)])
            let text = try await page(client)
            #expect(text.contains("waymark_syncs_total 1\n"))
            for secret in ids + ["canary", "example.org", "Test"] {
                #expect(!text.contains(secret))
            }
        }
    }

    /// A proxy's connections come from the hub's computer, whoever asks.
    @Test func othersDoNotSeeThePage() async throws {
        try await harness.serving {
            $0.idleSeconds = 60
        } _: { client in
            for header in ["X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4", "Via: 1.1 x"] {
                let answer = try await page(client, header)
                #expect(answer.hasPrefix("HTTP/1.1 404"))
                #expect(!answer.contains("waymark_"))
            }
        }
        let addresses: [(String?, Bool)] = [
            ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("::ffff:127.0.0.1", true),
            ("10.0.0.1", false), ("::ffff:10.0.0.1", false), ("2001:db8::1", false), (nil, false),
        ]
        for (address, isLocal) in addresses {
            #expect(MetricsRoutes.isLocal(address, [:]) == isLocal)
        }
    }

    /// To a stranger the address is like any other that does not exist.
    @Test func withoutAnAddressThereIsNothing() async throws {
        let configuration = HubConfiguration(
            now: { [time = harness.time] in time }, steadySeconds: { 0 })
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        try await buildApplication(harness.hub, configuration, logger: logger)
            .test(.router) { client in
                let answers = try await ["/metrics", "/nothing"].asyncMap { path in
                    try await client.execute(uri: path, method: .get) {
                        "\($0.status.code) \(String(buffer: $0.body))"
                    }
                }
                #expect(answers[0] == answers[1])
                #expect(answers[0].hasPrefix("404"))
            }
    }

    private func body(of answer: String) throws -> String {
        let range = try #require(answer.range(of: "\r\n\r\n"))
        return String(answer[range.upperBound...])
    }
}

extension Array {
    fileprivate func asyncMap<Result>(
        _ transform: (Element) async throws -> Result
    ) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
