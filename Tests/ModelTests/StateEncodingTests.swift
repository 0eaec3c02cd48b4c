import Model
import TestSupport
import Testing

/// The byte forms of a record's state.
@Suite struct StateEncodingTests {
    /// The columns of a row: what the view shows, where the column can hold it.
    private func row(_ view: RecordView, _ seed: inout Seed) -> FieldValues {
        view.values.filter { _ in seed.oneIn(2) }
    }

    @Test(arguments: Seed.samples(64))
    func storedStateIsReadBackWithWhatTheRowHolds(seed: Seed) throws {
        var seed = seed
        for _ in 0..<20 {
            let history = RandomHistory(&seed, steps: seed.below(60))
            let state = RecordState(admitting: history.admitted, overlaying: history.tentative)
            let row = row(history.view(of: state), &seed)
            let bytes = state.storedBytes(of: RandomHistory.record) { row[$0] == $1 }
            let read = try RecordState(storedBytes: bytes, record: RandomHistory.record) {
                row[$0] ?? .null
            }
            #expect(read == state)
            #expect(read.canonicalBytes == state.canonicalBytes)
        }
    }

    @Test(arguments: Seed.samples(64))
    func canonicalBytesWithoutUnadmittedChangesAreTheStoredOnesWithoutARow(seed: Seed) throws {
        var seed = seed
        let history = RandomHistory(&seed, steps: 60)
        let state = RecordState(admitting: history.admitted)
        // Of a record that somebody else has made.
        let record = RecordID(device: DeviceID(rawValue: 1_000), counter: 1)
        let stored = state.storedBytes(of: record) { _, _ in false }
        #expect(stored == state.canonicalBytes + [0])
        let read = try RecordState(storedBytes: stored, record: RandomHistory.record) { _ in .null }
        #expect(read.canonicalBytes == state.canonicalBytes)
    }

    /// The device of a head is left out only where the row's id says it again.
    @Test func deviceThatMadeTheRecordIsLeftOut() throws {
        let record = RandomHistory.record
        func state(by device: DeviceID) -> RecordState {
            RecordState(admitting: [
                PlacedChange(
                    change: Change(
                        record: record, entity: RandomHistory.entity, field: FieldID(1),
                        operation: .set(.integer(1))),
                    device: device, number: 1, context: .empty,
                    position: Position(epoch: 1, number: 1), time: .earliest)
            ])
        }
        let (own, other) = (state(by: record.device), state(by: DeviceID(rawValue: 9)))
        let ownBytes = own.storedBytes(of: record) { _, _ in false }
        // The device and the count of heads.
        #expect(ownBytes.count == own.canonicalBytes.count + 1 - 9)
        #expect(
            other.storedBytes(of: record) { _, _ in false }.count == other.canonicalBytes.count + 1)
        #expect(try read(ownBytes) == own)
        // The canonical form always names it.
        #expect(throws: DecodingFailure.self) {
            try RecordState(canonicalBytes: Array(ownBytes.dropLast()), record: record)
        }
    }

    @Test(arguments: Seed.samples(64))
    func canonicalBytesOfDifferentStatesDiffer(seed: Seed) {
        var seed = seed
        let history = RandomHistory(&seed, steps: 60)
        var states: Set<RecordState> = []
        var encodings: Set<[UInt8]> = []
        var state = RecordState(entity: RandomHistory.entity)
        for change in history.admitted {
            state.admit(change)
            states.insert(state)
            encodings.insert(state.canonicalBytes)
        }
        #expect(states.count == encodings.count)
    }

    /// Damage is found or gives another state; it never stops the program.
    @Test(arguments: Seed.samples(64))
    func damagedBytesNeverCrash(seed: Seed) {
        var seed = seed
        let history = RandomHistory(&seed, steps: 16)
        let state = RecordState(admitting: history.admitted, overlaying: history.tentative)
        let bytes = state.storedBytes(of: RandomHistory.record) { _, _ in false }
        for count in 0..<bytes.count {
            #expect(throws: DecodingFailure.self) { try read(Array(bytes.prefix(count))) }
        }
        for index in bytes.indices {
            for mutation in [UInt8(1) << UInt8(seed.below(8)), 0xFF] {
                var damaged = bytes
                damaged[index] ^= mutation
                guard let other = try? read(damaged) else { continue }
                _ = other.canonicalBytes
                _ = other.storedBytes(of: RandomHistory.record) { _, _ in true }
                _ = history.view(of: other)
            }
        }
        #expect(throws: DecodingFailure.trailingBytes) { try read(bytes + [0]) }
    }

    @discardableResult
    private func read(_ bytes: [UInt8]) throws -> RecordState {
        try RecordState(storedBytes: bytes, record: RandomHistory.record) { _ in .null }
    }

    /// A count of changes has no successor at the end of its range.
    @Test func numbersAtTheEndOfTheirRangeAreRead() throws {
        let device = DeviceID(rawValue: 3)
        let changes = [FieldID(1), FieldID(2)].enumerated().map { index, field in
            PlacedChange(
                change: Change(
                    record: RandomHistory.record, entity: RandomHistory.entity, field: field,
                    operation: .set(.integer(1))),
                device: device, number: index == 0 ? .max : 0, context: .empty,
                position: Position(epoch: .max, number: Position.numberMax), time: .earliest)
        }
        let state = RecordState(admitting: changes)
        let stored = state.storedBytes(of: RandomHistory.record) { _, _ in false }
        #expect(try read(stored) == state)
        // The second cell claims to follow the first.
        var writer = ByteWriter()
        writer.append(varint: 900)
        writer.append(bytes: [0, 2, 1, 0])
        writer.append(context: .empty)
        writer.append(bytes: [1] + device.bytes)
        writer.append(varint: .max)
        writer.append(position: .start)
        writer.append(bytes: [0, 0, 2, 4, 0, 0])
        #expect(throws: DecodingFailure.numberTooLarge) { try read(writer.bytes) }
    }

    /// A fuzzer found it: written again, such a cell was another one.
    @Test func lifeOfARecordDoesNotFollowAnotherCell() throws {
        var writer = ByteWriter()
        for byte: UInt8 in [8, 2, 2] { writer.append(byte: byte) }
        for (index, tag) in [(0, UInt8(0)), (1, 4)] {
            writer.append(varint: 0)
            writer.append(byte: tag)
            guard index == 0 else { break }
            writer.append(context: .empty)
            writer.append(count: 1)
            writer.append(bigEndian: 7)
            writer.append(varint: 1)
            writer.append(position: Position(epoch: 1, number: 2))
            writer.append(zigzag: 0)
            writer.append(value: .null)
            writer.append(context: .empty)
        }
        writer.append(value: .null)
        writer.append(count: 0)
        #expect(throws: DecodingFailure.notCanonical) { try read(writer.bytes) }
    }

    @Test func valueEqualToTheRowIsLeftOut() {
        let text = String(repeating: "a long journal entry ", count: 50)
        let change = PlacedChange(
            change: Change(
                record: RandomHistory.record, entity: RandomHistory.entity, field: FieldID(1),
                operation: .set(.text(text))),
            device: DeviceID(rawValue: 1), number: 1, context: .empty,
            position: Position(epoch: 1, number: 1), time: .earliest)
        let state = RecordState(admitting: [change])
        #expect(
            state.storedBytes(of: RandomHistory.record) { _, value in value == .text(text) }.count
                < 40)
    }
}
