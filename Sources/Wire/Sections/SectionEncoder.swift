import Model

/// Writes the payload of a section; `protocol/sections.md` describes it.
struct SectionEncoder {
    private var writer: ByteWriter
    private var dictionary: [DeviceID: Int] = [:]
    private var devices: [DeviceID] = []
    /// The counter of the last group of each device, by place in the dictionary.
    private var lastCounters: [UInt64] = []

    static func encode(_ section: Section) -> [UInt8] {
        precondition(section.beyond.count <= Limits.beyondMax, "A section keeps to the limits.")
        precondition(
            section.changeCount <= Limits.sectionChangesMax, "A section keeps to the limits.")
        var encoder = SectionEncoder(section)
        encoder.append(section)
        return encoder.writer.bytes
    }

    private init(_ section: Section) {
        writer = ByteWriter(reservingCapacity: 64 + 48 * section.changeCount)
        for change in section.changeSets.lazy.flatMap(\.changes) {
            let device = change.record.device
            // Nearly always the device of the change before.
            guard device != devices.last, dictionary[device] == nil else { continue }
            dictionary[device] = devices.count
            devices.append(device)
        }
        lastCounters = [UInt64](repeating: 0, count: devices.count)
    }

    private mutating func append(_ section: Section) {
        writer.append(beyond: section.beyond.sorted { $0.device < $1.device })
        writer.append(count: devices.count)
        for device in devices { writer.append(bytes: device.bytes) }
        var previous: ChangeSet?
        for changeSet in section.changeSets {
            append(changeSet, after: previous)
            previous = changeSet
        }
    }

    private mutating func append(_ changeSet: ChangeSet, after previous: ChangeSet?) {
        let changes = changeSet.changes
        precondition(
            (1...Limits.changeSetChangesMax).contains(changes.count),
            "A change set has changes, within the limits.")
        if let previous {
            precondition(changeSet.ordinal > previous.ordinal, "Ordinals ascend.")
            writer.append(varint: UInt64(changeSet.ordinal - previous.ordinal - 1))
        } else {
            writer.append(varint: UInt64(changeSet.ordinal))
        }
        writer.append(
            zigzag: Int64(bitPattern: changeSet.action &- (previous?.action ?? 0)))
        writer.append(
            zigzag: changeSet.claimed.milliseconds &- (previous?.claimed.milliseconds ?? 0))
        var groups: [Range<Int>] = []
        var start = 0
        for index in changes.indices.dropFirst()
        where changes[index].record != changes[start].record
            || changes[index].entity != changes[start].entity
        {
            groups.append(start..<index)
            start = index
        }
        groups.append(start..<changes.count)
        writer.append(count: groups.count)
        for group in groups { append(changes[group]) }
    }

    private mutating func append(_ group: ArraySlice<Change>) {
        guard let first = group.first, let index = dictionary[first.record.device] else {
            preconditionFailure("The dictionary holds the device of every change.")
        }
        let counter = first.record.counter
        writer.append(count: index)
        writer.append(zigzag: Int64(bitPattern: counter &- lastCounters[index]))
        writer.append(varint: UInt64(first.entity.rawValue))
        writer.append(count: group.count)
        lastCounters[index] = counter
        for change in group { append(change) }
    }

    private mutating func append(_ change: Change) {
        let code = change.operation.code
        if case .opaque = change.operation {
            precondition(
                (Change.Operation.firstOpaqueCode...WireFormat.operationCodeMax).contains(code)
                    && ![Change.Operation.erase.code, Change.Operation.erased.code].contains(code),
                "An operation of a later version has a code of its own.")
        }
        let field = UInt64(change.field.rawValue) << 4
        if code < 15 {
            writer.append(varint: field | UInt64(code))
        } else {
            writer.append(varint: field | 15)
            writer.append(varint: UInt64(code))
        }
        writer.append(operandOf: change.operation)
    }
}

extension Change.Operation {
    /// Every code from here on belongs to an operation that this version carries unread.
    fileprivate static var firstOpaqueCode: UInt8 { sealedCode }
}
