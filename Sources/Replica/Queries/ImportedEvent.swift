import Cryptography
package import Model

/// Names an event of an imported calendar file by what the file calls it, so that importing the file
/// again finds what it has become.
package struct EventImportKey: Hashable, Sendable {
    /// A hash of the series (twelve bytes) and one of which occurrence of it (twelve more).
    package let bytes: [UInt8]

    private static let halfBytes = 12

    /// The UID of the file, and the name of the occurrence, empty for what is no series.
    package init(uid: String, occurrence: String) {
        bytes =
            Self.hash(uid, HashDomain("waymark event series v1"))
            + Self.hash(occurrence, HashDomain("waymark event occurrence v1"))
    }

    /// Nil for a value that no import has written.
    package init?(_ value: Value) {
        guard let bytes = value.bytes, bytes.count == 2 * Self.halfBytes else { return nil }
        self.bytes = bytes
    }

    package var value: Value { .bytes(bytes) }

    /// Whether both are of one series.
    package func isOfSeries(of other: EventImportKey) -> Bool { series == other.series }

    /// The part that all occurrences of a series have in common.
    package var series: [UInt8] { Array(bytes.prefix(Self.halfBytes)) }

    private static func hash(_ text: String, _ domain: HashDomain) -> [UInt8] {
        Array(ContentHash.of(Array(text.utf8), domain: domain).bytes.prefix(halfBytes))
    }
}

/// What an import knows of an event: all that a calendar file can say of it.
package struct ImportedEvent: Equatable, Sendable {
    package let title: String
    package let start: Int64
    package let end: Int64
    package let place: String?
    package let details: String?
    package let isFree: Bool

    package init(
        title: String, start: Int64, end: Int64, place: String?, details: String?, isFree: Bool
    ) {
        self.title = title
        self.start = start
        self.end = end
        self.place = place
        self.details = details
        self.isFree = isFree
    }

    /// The event as it stands now.
    package init(_ record: StoredRecord) {
        self.init(
            title: record.text(Fields.PersonalEvent.title) ?? "",
            start: record.integer(Fields.PersonalEvent.start) ?? 0,
            end: record.integer(Fields.PersonalEvent.end) ?? 0,
            place: record.text(Fields.PersonalEvent.place),
            details: record.text(Fields.PersonalEvent.details),
            isFree: record.isTrue(Fields.PersonalEvent.isFree))
    }

    /// What is changed as one: a beginning without its end says nothing.
    package enum Part: Int, CaseIterable, Sendable {
        case title, time, place, details, freedom
    }

    /// The fields of a part, with their values.
    package func values(of part: Part) -> [(field: FieldID, value: Value)] {
        switch part {
        case .title: [(Fields.PersonalEvent.title, .text(title))]
        case .time:
            [
                (Fields.PersonalEvent.start, .integer(start)),
                (Fields.PersonalEvent.end, .integer(end)),
            ]
        case .place: [(Fields.PersonalEvent.place, place.map { .text($0) } ?? .null)]
        case .details: [(Fields.PersonalEvent.details, details.map { .text($0) } ?? .null)]
        case .freedom: [(Fields.PersonalEvent.isFree, .boolean(isFree))]
        }
    }
}

/// What a calendar file said of an event when it was imported last: how often the entry had been
/// changed by its own account, and a hash for each part.
package struct EventImportState: Equatable, Sendable {
    package let sequence: UInt32
    private var marks: [UInt32]

    /// What a file says now.
    package init(sequence: Int, _ event: ImportedEvent) {
        self.sequence = UInt32(clamping: sequence)
        marks = ImportedEvent.Part.allCases.map { part in
            var writer = ByteWriter()
            for (_, value) in event.values(of: part) {
                switch value {
                case .text(let text):
                    writer.append(count: text.utf8.count + 1)
                    writer.append(bytes: Array(text.utf8))
                case .integer(let number): writer.append(zigzag: number)
                default: writer.append(count: 0)
                }
            }
            let hash = ContentHash.of(writer.bytes, domain: HashDomain("waymark event part v1"))
            return hash.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    /// Nil for a value that no import of this version has written.
    package init?(_ value: Value) {
        guard let bytes = value.bytes, bytes.count == 4 * (ImportedEvent.Part.allCases.count + 1)
        else { return nil }
        let numbers = stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
        sequence = numbers[0]
        marks = Array(numbers.dropFirst())
    }

    package var value: Value {
        .bytes(
            ([sequence] + marks).flatMap { number in
                stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
            })
    }

    package subscript(part: ImportedEvent.Part) -> UInt32 { marks[part.rawValue] }
}
