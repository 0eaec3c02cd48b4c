/// Writes a size for people: `1 byte`, `532 bytes`, `1.2 KiB`, `256 KiB`.
enum ByteCount {
    /// One decimal below ten units, none above; rounds to the nearest.
    static func string(_ bytes: Int) -> String {
        guard bytes >= 1_024 else { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var index = 0
        var value = Double(bytes) / 1_024
        // 1023.96 would be written as 1024; that is one of the next unit.
        while value >= 1_023.5, index + 1 < units.count {
            value /= 1_024
            index += 1
        }
        let tenths = Int((value * 10).rounded())
        if tenths < 100, tenths % 10 != 0 {
            return "\(tenths / 10).\(tenths % 10) \(units[index])"
        }
        return "\(Int(value.rounded())) \(units[index])"
    }
}
