import Model

/// Reads the payload of a section that nobody has to trust; `protocol/sections.md` describes it.
struct SectionDecoder {
    private var reader: ByteReader
    private let outline: SectionOutline
    private var devices: [DeviceID] = []
    private var lastCounters: [UInt64] = []
    /// How many devices of the dictionary have occurred.
    private var deviceCountUsed = 0
    /// Changes that the outline states and that have not been read yet.
    private var changesLeft: Int

    static func decode(
        _ payload: [UInt8], outline: SectionOutline
    ) throws(WireError) -> Section {
        var decoder = SectionDecoder(
            reader: ByteReader(payload), outline: outline, changesLeft: outline.changeCount)
        do throws(Failure) {
            return try decoder.section()
        } catch {
            switch error {
            case .bytes(let failure): throw WireError(failure, in: "payload of the section")
            case .wire(let wireError): throw wireError
            }
        }
    }

    private init(reader: ByteReader, outline: SectionOutline, changesLeft: Int) {
        self.reader = reader
        self.outline = outline
        self.changesLeft = changesLeft
    }

    private enum Failure: Error {
        case bytes(DecodingFailure)
        case wire(WireError)

        static func malformed(_ detail: String) -> Failure {
            .wire(WireError(.malformed, detail))
        }

        static func tooMany(_ detail: String) -> Failure { .wire(WireError(.tooMany, detail)) }
    }

    /// Runs a read of the byte reader.
    private mutating func read<Result>(
        _ body: (inout ByteReader) throws(DecodingFailure) -> Result
    ) throws(Failure) -> Result {
        do throws(DecodingFailure) {
            return try body(&reader)
        } catch {
            throw .bytes(error)
        }
    }

    private mutating func varint() throws(Failure) -> UInt64 {
        try read { reader throws(DecodingFailure) in try reader.varint() }
    }

    private mutating func zigzag() throws(Failure) -> Int64 {
        try read { reader throws(DecodingFailure) in try reader.zigzag() }
    }

    /// Reads a count of things that take at least so many bytes each.
    private mutating func count(bytesEach: Int) throws(Failure) -> Int {
        try read { reader throws(DecodingFailure) in try reader.count(bytesEach: bytesEach) }
    }

    private mutating func section() throws(Failure) -> Section {
        let beyond = try beyond()
        try readDictionary()
        var changeSets: [ChangeSet] = []
        // Each takes at least a byte for every number it has.
        guard outline.changeSetCount <= reader.remaining / 9 else { throw .bytes(.truncated) }
        changeSets.reserveCapacity(outline.changeSetCount)
        for _ in 0..<outline.changeSetCount {
            changeSets.append(try changeSet(after: changeSets.last))
        }
        guard changesLeft == 0 else {
            throw .malformed("The section holds fewer changes than it states.")
        }
        guard deviceCountUsed == devices.count else {
            throw .malformed("The section's dictionary names a device that does not occur.")
        }
        try read { reader throws(DecodingFailure) in try reader.requireEnd() }
        return Section(
            scope: outline.scope, firstNumber: outline.firstNumber, beyond: beyond,
            changeSets: changeSets)
    }

    private mutating func beyond() throws(Failure) -> [DeviceNumber] {
        let beyond = try read { reader throws(DecodingFailure) in try reader.beyond() }
        guard beyond.count <= Limits.beyondMax else {
            throw .tooMany("The section names \(beyond.count) devices as seen.")
        }
        for (left, right) in zip(beyond, beyond.dropFirst()) where left.device >= right.device {
            throw .malformed("The devices that the section names as seen are out of order.")
        }
        guard beyond.allSatisfy({ $0.number > 0 }) else {
            throw .malformed("The section names a change 0 as seen; they count from 1.")
        }
        return beyond
    }

    private mutating func readDictionary() throws(Failure) {
        let deviceCount = try count(bytesEach: 8)
        guard (1...outline.changeCount).contains(deviceCount) else {
            throw .malformed("The section's dictionary has no use for its \(deviceCount) devices.")
        }
        devices.reserveCapacity(deviceCount)
        for _ in 0..<deviceCount {
            devices.append(try read { reader throws(DecodingFailure) in try reader.device() })
        }
        guard Set(devices).count == deviceCount else {
            throw .malformed("The section's dictionary names a device twice.")
        }
        lastCounters = [UInt64](repeating: 0, count: deviceCount)
    }

    private mutating func changeSet(after previous: ChangeSet?) throws(Failure) -> ChangeSet {
        let delta = try varint()
        // A delta that overflows is far too large for an ordinal anyway.
        let (ordinal, isOver) = delta.addingReportingOverflow(
            previous.map { UInt64($0.ordinal) + 1 } ?? 0)
        guard !isOver, let ordinal = UInt32(exactly: ordinal) else {
            throw .malformed("The ordinal of a change set is too large.")
        }
        let action = (previous?.action ?? 0) &+ UInt64(bitPattern: try zigzag())
        let claimed = (previous?.claimed.milliseconds ?? 0) &+ (try zigzag())
        let groupCount = try count(bytesEach: 5)
        guard groupCount > 0 else { throw .malformed("A change set is empty.") }
        guard groupCount <= changesLeft else {
            throw .malformed("The section holds more changes than it states.")
        }
        var changes: [Change] = []
        changes.reserveCapacity(min(groupCount, Limits.changeSetChangesMax))
        for _ in 0..<groupCount { try readGroup(into: &changes) }
        return ChangeSet(
            ordinal: ordinal, action: action, claimed: ClaimedTime(milliseconds: claimed),
            changes: changes)
    }

    private mutating func readGroup(into changes: inout [Change]) throws(Failure) {
        let index = try varint()
        guard index < UInt64(devices.count) else {
            throw .malformed("A record's device is not in the section's dictionary.")
        }
        let place = Int(index)
        // Only then are the bytes that stand for the section once something is erased never more.
        guard place <= deviceCountUsed else {
            throw .malformed("The section's dictionary is not in the order of its changes.")
        }
        if place == deviceCountUsed { deviceCountUsed += 1 }
        let counter = lastCounters[place] &+ UInt64(bitPattern: try zigzag())
        lastCounters[place] = counter
        guard let entity = UInt32(exactly: try varint()) else {
            throw .malformed("The number of an entity is too large.")
        }
        let changeCount = try count(bytesEach: 1)
        guard changeCount > 0 else { throw .malformed("A record's group of changes is empty.") }
        guard changeCount <= changesLeft else {
            throw .malformed("The section holds more changes than it states.")
        }
        guard changes.count + changeCount <= Limits.changeSetChangesMax else {
            throw .tooMany("A change set has more than \(Limits.changeSetChangesMax) changes.")
        }
        changesLeft -= changeCount
        let record = RecordID(device: devices[place], counter: counter)
        for _ in 0..<changeCount {
            changes.append(try change(of: record, entity: EntityID(entity)))
        }
    }

    private mutating func change(
        of record: RecordID, entity: EntityID
    ) throws(Failure) -> Change {
        let key = try varint()
        guard let field = UInt32(exactly: key >> 4) else {
            throw .malformed("The number of a field is too large.")
        }
        var code = UInt8(key & 15)
        if code == 15 {
            let number = try varint()
            guard number >= 15, number <= UInt64(WireFormat.operationCodeMax) else {
                throw .malformed("The code of an operation is out of range.")
            }
            code = UInt8(number)
        }
        let start = reader.offset
        let operation = try read { reader throws(DecodingFailure) in
            try reader.operation(code: code)
        }
        guard reader.offset - start <= WireFormat.operandBytesMax else {
            throw .wire(WireError(.tooLarge, "A value has more bytes than are allowed."))
        }
        return Change(
            record: record, entity: entity, field: FieldID(field), operation: operation)
    }
}
