import Cryptography
package import Model

/// What stands for a text in its record's state: the text itself if it was written once and never
/// edited, else the hash of its history. See `protocol/state.md`.
package enum TextContent {
    /// - Parameters:
    ///   - text: the admitted text.
    ///   - authors: the devices of the heads of its cell.
    /// - Returns: null for a text that nobody has written.
    package static func value(of text: FieldText, by authors: [DeviceID]) -> Value {
        if let fresh = text.fresh, authors == [fresh.device] { return .text(fresh.text) }
        if text.isUnwritten { return .null }
        return value(of: text.document.history.columns)
    }

    /// The same for the columns of a history that was edited.
    package static func value(of columns: (structure: [UInt8], text: [UInt8])) -> Value {
        var hasher = ContentHasher(domain: HashDomain("waymark text v1"))
        hasher.update(columns.structure)
        hasher.update(columns.text)
        return .bytes(hasher.finish().bytes)
    }
}
