import Foundation

/// Writes instants for machines.
enum RFC3339 {
    /// The time in UTC with `Z`, or with the offset of a time zone.
    ///
    /// Milliseconds are written when there are any. Before its first standard time a zone's offset
    /// had seconds, which RFC 3339 cannot write; such a time is given in UTC. So is one whose local
    /// day would lie outside the years 1 to 9999. An instant outside of them is our bug.
    static func string(_ instant: Int64, in timeZone: TimeZone = .gmt) -> String {
        if timeZone == .gmt, let reading = WallClock.reading(atUTC: instant) {
            return string(reading) + "Z"
        }
        let clock = WallClock(timeZone: timeZone)
        let offset = clock.offsetSeconds(at: instant)
        guard offset != 0, offset % 60 == 0, let reading = clock.reading(at: instant) else {
            guard let reading = WallClock.reading(atUTC: instant) else {
                preconditionFailure("A time lies outside the years 0001 to 9999.")
            }
            return string(reading) + "Z"
        }
        let minutes = abs(offset) / 60
        let sign = offset < 0 ? "-" : "+"
        let hourText = Digits.padded(minutes / 60, to: 2)
        return "\(string(reading))\(sign)\(hourText):\(Digits.padded(minutes % 60, to: 2))"
    }

    private static func string(_ reading: WallClock.Reading) -> String {
        let time =
            Digits.padded(reading.hour, to: 2) + ":" + Digits.padded(reading.minute, to: 2) + ":"
            + Digits.padded(reading.second, to: 2)
        let fraction =
            reading.millisecond == 0 ? "" : "." + Digits.padded(reading.millisecond, to: 3)
        return "\(reading.day.text)T\(time)\(fraction)"
    }
}
