import Model
import Testing

/// Which changes an erasure takes: `protocol/erasure.md`.
@Suite struct ErasedChangeTests {
    private static let author = DeviceID(rawValue: 1)
    private static let eraser = DeviceID(rawValue: 2)
    private let erasure = Erasure(
        device: eraser, number: 7, position: Position(epoch: 1, number: 30),
        seen: Position(epoch: 1, number: 20))

    /// A change of a task's title.
    private func change(
        by device: DeviceID = author, number: UInt64 = 1, at position: UInt64?,
        seen: UInt64 = 10, beyond: UInt64? = nil
    ) -> PlacedChange {
        let known = beyond.map { [DeviceNumber(device: Self.eraser, number: $0)] } ?? []
        return PlacedChange(
            change: Change(
                record: RecordID(device: Self.author, counter: 1), entity: Schema.task.id,
                field: Fields.Task.title, operation: .set(.text("Read"))),
            device: device, number: number,
            context: Context(position: Position(epoch: 1, number: seen), beyond: known),
            position: position.map { Position(epoch: 1, number: $0) }, time: .earliest)
    }

    @Test func whatKnewOfItStays() {
        #expect(change(at: 25).isErased(by: erasure))
        #expect(!change(at: 25, beyond: 7).isErased(by: erasure))
        #expect(!change(at: nil, beyond: 8).isErased(by: erasure))
        #expect(change(at: 25, beyond: 6).isErased(by: erasure))
        #expect(change(at: 40, seen: 29).isErased(by: erasure))
        #expect(!change(at: 40, seen: 30).isErased(by: erasure))
        #expect(change(by: Self.eraser, number: 6, at: 29).isErased(by: erasure))
        #expect(!change(by: Self.eraser, number: 8, at: 31).isErased(by: erasure))
    }

    /// Whoever erased had seen the change: its author only says that they knew of what was to come.
    @Test func nobodyKnowsOfItBeforeItIsWritten() {
        #expect(change(at: 20, beyond: 1 << 60).isErased(by: erasure))
        #expect(!change(at: 21, beyond: 1 << 60).isErased(by: erasure))
    }
}
