/// Reads a stream of server-sent events as browsers do (WHATWG HTML, "Server-sent events",
/// "Interpreting an event stream"), as far as Waymark needs it: names and ids of events.
struct EventStreamReader {
    struct Event: Equatable, Sendable {
        let name: String
        /// The latest id that the stream has named.
        let id: String
    }

    struct LineTooLong: Error {}

    /// The hub's own lines have less than 40 bytes.
    private static let lineBytesMax = 4096

    private var line: [UInt8] = []
    private var isAfterReturn = false
    private var isAtStart = true
    private var name = ""
    private var id = ""
    private var lastID = ""
    private var hasData = false

    /// Takes in what has come and returns the events that are complete by it.
    mutating func take(_ bytes: some Sequence<UInt8>) throws -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            let wasReturn = isAfterReturn
            isAfterReturn = byte == 0x0D
            switch byte {
            case 0x0A where wasReturn: break
            case 0x0A, 0x0D:
                if let event = endLine() { events.append(event) }
            default:
                guard line.count < Self.lineBytesMax else { throw LineTooLong() }
                line.append(byte)
            }
        }
        return events
    }

    private mutating func endLine() -> Event? {
        var text = String(decoding: line, as: UTF8.self)
        line.removeAll(keepingCapacity: true)
        if isAtStart, text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        isAtStart = false
        guard !text.isEmpty else { return endEvent() }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var value = parts.count > 1 ? parts[1] : ""
        if value.first == " " { value.removeFirst() }
        switch parts[0] {
        case "event": name = String(value)
        case "id": if !value.utf8.contains(0) { id = String(value) }
        case "data": hasData = true
        // Comments, how long a browser should wait, and what later versions say.
        default: break
        }
        return nil
    }

    private mutating func endEvent() -> Event? {
        lastID = id
        defer {
            name = ""
            hasData = false
        }
        guard hasData else { return nil }
        return Event(name: name.isEmpty ? "message" : name, id: lastID)
    }
}
