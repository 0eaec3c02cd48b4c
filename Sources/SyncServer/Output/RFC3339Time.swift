import Foundation
import Model

/// Instants as RFC 3339 in UTC, as they stand in JSON and in logs.
enum RFC3339Time {
    static func text(of date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    static func text(milliseconds: Int64) -> String {
        text(of: Date(timeIntervalSince1970: Double(milliseconds) / 1000))
    }

    static func text(of time: HubTime) -> String { text(milliseconds: time.milliseconds) }
}
