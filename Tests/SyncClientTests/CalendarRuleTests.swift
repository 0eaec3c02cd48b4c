import Foundation
import Testing

@testable import SyncClient

/// The rules of calendar files.
@Suite struct CalendarRuleTests {
    /// A rule and what another implementation makes of it; `scripts/calendar-vectors` writes them.
    private struct Vector: Decodable {
        let rule: String
        let start: String
        let from: String
        let to: String
        let times: String
    }

    static func wall(_ text: some StringProtocol) throws -> Int64 {
        switch try #require(CalendarTime(text)) {
        case .wall(let wall, _): wall
        case .instant(let instant): instant
        case .day(let day): Int64(day.daysSince1970) * WallClock.millisecondsPerDay
        }
    }

    private static func times(
        _ rule: CalendarRule, _ start: String, _ from: String, _ to: String
    ) throws -> [String] {
        var budget = CalendarRule.Budget()
        let last: Int64? =
            if case .wall(let wall, _) = rule.until { wall } else { nil }
        return try rule.times(
            from: wall(start), in: wall(from)..<wall(to), last: last, atMost: 5_000, &budget
        ).map { RFC3339.string($0).filter { $0 != "-" && $0 != ":" && $0 != "Z" } }
    }

    @Test func rulesGiveWhatPythonsDateutilGives() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Resources/calendar-rules.json")
        let vectors = try JSONDecoder().decode([Vector].self, from: Data(contentsOf: file))
        #expect(vectors.count == 600)
        #expect(Set(vectors.map { $0.rule.prefix(7) }).count == 7)
        for vector in vectors {
            let found = try Self.times(
                CalendarRule(vector.rule), vector.start, vector.from, vector.to)
            #expect(found.joined(separator: " ") == vector.times, "\(vector)")
        }
    }

    /// Examples of the standard that dateutil does not follow, or cannot say.
    @Test func partsThatAreLeftOutComeFromTheFirst() throws {
        let weeks = try Self.times(
            CalendarRule("FREQ=YEARLY;BYWEEKNO=20"), "20260512T090000", "20260101", "20290101")
        #expect(weeks == ["20260512T090000", "20270518T090000", "20280516T090000"])
        // The first is one of them, whatever the rule says, and counts.
        let odd = try Self.times(
            CalendarRule("FREQ=WEEKLY;BYDAY=MO;COUNT=3"), "20260602T090000", "20260101", "20290101")
        #expect(odd == ["20260602T090000", "20260608T090000", "20260615T090000"])
        let leap = try Self.times(
            CalendarRule("FREQ=YEARLY"), "20240229T090000", "20240101", "20330101")
        #expect(leap == ["20240229T090000", "20280229T090000", "20320229T090000"])
    }

    @Test func windowsFarFromTheFirstAreReached() throws {
        for (rule, time) in [
            ("FREQ=DAILY;INTERVAL=3", "20270103T000000"), ("FREQ=SECONDLY", "20270101T000000"),
            ("FREQ=MONTHLY;BYMONTHDAY=-1", "20270131T000000"),
            ("FREQ=WEEKLY;INTERVAL=2", "20270104T000000"),
        ] {
            var budget = CalendarRule.Budget()
            let from = try Self.wall("20270101")
            let found = try CalendarRule(rule).times(
                from: Self.wall("00010101"), in: from..<from + 31 * WallClock.millisecondsPerDay,
                last: Self.wall(time), atMost: 5_000, &budget)
            #expect(try found == [Self.wall(time)], "\(rule)")
        }
    }

    @Test(arguments: [
        ("", "the rule does not say how often"), ("FREQ", "part of the rule has no value"),
        ("COUNT=3", "the rule does not say how often"),
        ("FREQ=SOMETIMES", "the rule's frequency \"SOMETIMES\" is unknown"),
        ("FREQ=DAILY;FREQ=DAILY", "the rule says \"FREQ\" twice"),
        ("FREQ=DAILY;INTERVAL=0", "the rule's INTERVAL cannot be read"),
        ("FREQ=DAILY;COUNT=-1", "the rule's COUNT cannot be read"),
        ("FREQ=DAILY;COUNT=99999999999999999999", "the rule's COUNT cannot be read"),
        ("FREQ=DAILY;UNTIL=20260230", "the rule's UNTIL cannot be read"),
        ("FREQ=DAILY;BYMONTH=13", "the rule's BYMONTH cannot be read"),
        ("FREQ=DAILY;BYMONTHDAY=0", "the rule's BYMONTHDAY cannot be read"),
        ("FREQ=MONTHLY;BYDAY=1XX", "the rule's BYDAY cannot be read"),
        ("FREQ=MONTHLY;BYDAY=,", "the rule's BYDAY cannot be read"),
        ("FREQ=DAILY;BYDAY=1MO", "the rule counts weekdays of neither a month nor a year"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "the rule names weeks of a year without being yearly"),
        ("RSCALE=HEBREW;FREQ=YEARLY", "the rule counts by the calendar \"HEBREW\""),
        ("FREQ=MONTHLY;SKIP=FORWARD", "the rule moves days that a month does not have"),
    ]) func faultsAreNamed(_ rule: String, _ reason: String) {
        #expect(throws: CalendarRule.Fault(reason: reason)) { try CalendarRule(rule) }
    }

    /// However little a rule gives and however much it looks for it.
    @Test(arguments: [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1000000000",
        "FREQ=SECONDLY;COUNT=1000000000", "FREQ=SECONDLY", "FREQ=MINUTELY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=DAILY;COUNT=1000000000", "FREQ=MONTHLY;INTERVAL=1000000;COUNT=5",
        "FREQ=SECONDLY;BYMONTHDAY=31;BYMONTH=2;COUNT=2", "FREQ=YEARLY;BYSETPOS=366;COUNT=2",
        "FREQ=WEEKLY;INTERVAL=999999999999999999",
    ]) func everyRuleEnds(_ text: String) throws {
        let rule = try CalendarRule(text)
        for first in ["00010101T000000", "15000601T100000", "20260601T100000", "99991231T235959"] {
            var budget = CalendarRule.Budget()
            // It gives what it finds or says why not; it never goes on.
            let found = try? rule.times(
                from: Self.wall(first), in: Self.wall("20260101")..<Self.wall("20280101"),
                last: nil, atMost: 2_000, &budget)
            #expect((found ?? []).count <= 2_000)
        }
    }

    @Test func allRulesOfAFileShareTheirWork() throws {
        var budget = CalendarRule.Budget()
        let rule = try CalendarRule("FREQ=SECONDLY;COUNT=1000000000")
        var reasons: Set<String> = []
        for _ in 0..<150 {
            do throws(CalendarRule.Fault) {
                _ = try rule.times(from: 0, in: 1 << 50..<1 << 51, last: nil, atMost: 1, &budget)
            } catch {
                reasons.insert(error.reason)
            }
        }
        #expect(
            reasons == [
                "the rule takes too long to follow",
                "all rules of the file take too long to follow",
            ])
    }
}
