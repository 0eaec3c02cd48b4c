import Foundation
import Model

/// When a member's mail is to be sent: decided here, done elsewhere.
enum MailPlan {
    enum Decision: Equatable {
        /// The member wants none, or cannot get any: what was to be told stays on the laptops.
        case drop
        case wait
        case send
    }

    /// How long after the first new thing others may join it in a prompt mail.
    static let gatherMilliseconds: Int64 = 5 * 60_000
    private static let minuteMilliseconds: Int64 = 60_000
    private static let dayMilliseconds: Int64 = 86_400_000

    /// - Parameters:
    ///   - settings: what the member wants.
    ///   - first: when the hub gathered the first of what is to be told.
    ///   - retryAt: when to try again, after a mail could not be handed over.
    ///   - now: the hub's time.
    ///   - timeZone: the member's.
    /// - Returns: what to do with it now.
    static func decision(
        _ settings: NotificationSettings, first: Int64, retryAt: Int64?, now: Int64,
        timeZone: TimeZone
    ) -> Decision {
        if let retryAt, now < retryAt { return .wait }
        switch settings.mail {
        case .none: return .drop
        case .daily:
            return now >= nextMoment(ofMinute: settings.mailAt, from: first, timeZone)
                ? .send : .wait
        case .prompt:
            guard now >= first + gatherMilliseconds else { return .wait }
            let minute = minuteOfDay(now, timeZone)
            return settings.quiet?.contains(minute) == true ? .wait : .send
        }
    }

    /// How long to wait before a mail that could not be handed over is tried again: longer each
    /// time, up to some hours.
    static func pauseMilliseconds(afterAttempts attempts: Int) -> Int64 {
        min(5 << Int64(min(max(attempts - 1, 0), 7)), 6 * 60) * minuteMilliseconds
    }

    static func minuteOfDay(_ instant: Int64, _ timeZone: TimeZone) -> Int64 {
        (local(instant, timeZone) % dayMilliseconds + dayMilliseconds) % dayMilliseconds
            / minuteMilliseconds
    }

    /// The first moment from an instant on at which the member's clock shows this minute of a day.
    static func nextMoment(ofMinute minute: Int64, from instant: Int64, _ timeZone: TimeZone)
        -> Int64
    {
        let here = local(instant, timeZone)
        let midnight = here - (here % dayMilliseconds + dayMilliseconds) % dayMilliseconds
        let today = midnight + minute * minuteMilliseconds
        let shown = today >= here ? today : today + dayMilliseconds
        // The offset of that moment, not of this one: the clocks may change in between.
        return shown - offset(shown - offset(instant, timeZone), timeZone)
    }

    private static func local(_ instant: Int64, _ timeZone: TimeZone) -> Int64 {
        instant + offset(instant, timeZone)
    }

    private static func offset(_ instant: Int64, _ timeZone: TimeZone) -> Int64 {
        let date = Date(timeIntervalSince1970: Double(instant) / 1000)
        return Int64(timeZone.secondsFromGMT(for: date)) * 1000
    }
}
