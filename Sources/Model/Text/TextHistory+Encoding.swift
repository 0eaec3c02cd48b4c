/// The bytes of a history: one form for the disk and for comparing.
///
/// The form is a function of the set of edits held. Events are written in an order that every
/// replica finds: again and again the smallest event, by device and number, of those whose
/// parents are written. Runs are cut from the left, each as long as it can be. So two replicas
/// that hold the same edits have the same bytes, in whatever order and pieces these came.
///
/// The columns are not compressed, so that the form is the same for ever; whoever stores it may
/// compress it. `protocol/text.md` describes it to the byte.
extension TextHistory {
    private static let format: UInt8 = 1

    /// The history in its only form, text included.
    package var canonicalBytes: [UInt8] {
        let (structure, text) = columns
        return structure + text
    }

    /// The canonical bytes in two parts that compress better apart: all but the inserted text,
    /// and that text.
    package var columns: (structure: [UInt8], text: [UInt8]) {
        let order = TextOrder(of: graph)
        let operations = order.operations(of: operations)
        let devices = devices
        var writer = ByteWriter(
            reservingCapacity: 64 + 8 * order.runs.count + 4 * operations.runs.count)
        writer.append(byte: Self.format)
        writer.append(count: devices.count)
        for device in devices { writer.append(bigEndian: device.rawValue) }
        append(order, devices: devices, to: &writer)
        writer.append(count: pending.count)
        for edit in pending {
            writer.append(bigEndian: edit.device.rawValue)
            writer.append(lengthPrefixed: edit.encoded)
        }
        writer.append(headsOf: operations)
        writer.append(count: operations.inserted.count)
        return (writer.bytes, operations.inserted)
    }

    private func append(_ order: TextOrder, devices: [DeviceID], to writer: inout ByteWriter) {
        let ranks = Dictionary(uniqueKeysWithValues: zip(devices, devices.indices))
        var expected = [UInt64](repeating: 0, count: devices.count)
        writer.append(count: order.runs.count)
        for run in order.runs {
            let device = ranks[run.first.device] ?? 0
            writer.append(count: device)
            writer.append(
                zigzag: Int64(bitPattern: run.first.sequence &- expected[device]))
            expected[device] = run.first.sequence + UInt64(run.count)
            writer.append(count: run.count)
            // The usual parent, the event written before, has the shortest form.
            if run.parents == [run.start - 1] {
                writer.append(byte: 0)
            } else {
                writer.append(count: run.parents.count + 1)
                for parent in run.parents.reversed() { writer.append(count: run.start - parent) }
            }
        }
    }

    /// Reads a history. The bytes may come from anywhere: whatever is not exactly the canonical
    /// form of some history is refused. Whether its positions make sense shows when it is
    /// replayed.
    package init(canonicalBytes: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(canonicalBytes)
        let parts = try reader.textStructure()
        let structureCount = reader.offset
        let text = try reader.bytes(count: reader.remaining)
        try self.init(parts, text: text)
        guard columns.structure.elementsEqual(canonicalBytes.prefix(structureCount)) else {
            throw .notCanonical
        }
    }

    /// Reads a history from its two columns; they may come from anywhere, too.
    package init(structure: [UInt8], text: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(structure)
        let parts = try reader.textStructure()
        try reader.requireEnd()
        try self.init(parts, text: text)
        guard columns.structure == structure else { throw .notCanonical }
    }

    private init(_ parts: TextStructure, text: [UInt8]) throws(DecodingFailure) {
        self.init()
        guard parts.textCount == UInt64(text.count) else { throw .truncated }
        let operations = try TextOperations(parts.heads, text: text)
        guard operations.eventCount == parts.runs.reduce(0, { $0 + $1.count }) else {
            throw .notCanonical
        }
        try adopt(operations, runs: parts.runs, pending: parts.pending)
    }
}

/// What stands in the structure column.
private struct TextStructure {
    var runs: [TextOrder.Run] = []
    var pending: [TextEdit] = []
    var heads: ContiguousArray<TextOperations.Head> = []
    var textCount: UInt64 = 0
}

extension ByteReader {
    fileprivate mutating func textStructure() throws(DecodingFailure) -> TextStructure {
        let format = try byte()
        guard format == 1 else { throw .unknownTag(format) }
        var structure = TextStructure()
        let deviceCount = try count(bytesEach: 8)
        var devices: [DeviceID] = []
        for _ in 0..<deviceCount { devices.append(try device()) }
        structure.runs = try textRuns(of: devices)
        let pendingCount = try count(bytesEach: 9)
        for _ in 0..<pendingCount {
            let device = try device()
            structure.pending.append(try TextEdit(encoded: lengthPrefixed(), by: device))
        }
        structure.heads = try operationHeads()
        structure.textCount = try varint()
        return structure
    }

    private mutating func textRuns(
        of devices: [DeviceID]
    ) throws(DecodingFailure) -> [TextOrder.Run] {
        let runCount = try count(bytesEach: 4)
        var expected = [UInt64](repeating: 0, count: devices.count)
        var runs: [TextOrder.Run] = []
        runs.reserveCapacity(runCount)
        var start = 0
        for _ in 0..<runCount {
            let device = try varint()
            guard device < UInt64(devices.count) else { throw .numberTooLarge }
            let index = Int(device)
            let sequence = expected[index] &+ UInt64(bitPattern: try zigzag())
            let eventCount = try varint()
            guard eventCount > 0 else { throw .notCanonical }
            guard eventCount <= UInt64(Limits.textEventsMax - start),
                sequence <= UInt64.max - eventCount
            else { throw .numberTooLarge }
            expected[index] = sequence + eventCount
            let parentCode = try count()
            var parents: [Int] = parentCode == 0 ? [start - 1] : []
            for _ in 0..<max(parentCode - 1, 0) {
                let distance = try varint()
                guard distance > 0, distance <= UInt64(start) else { throw .numberTooLarge }
                parents.append(start - Int(distance))
            }
            guard parentCode > 0 || start > 0 else { throw .notCanonical }
            runs.append(
                TextOrder.Run(
                    first: TextEventID(device: devices[index], sequence: sequence), start: start,
                    count: Int(eventCount), parents: parents.reversed()))
            start += Int(eventCount)
        }
        return runs
    }
}
