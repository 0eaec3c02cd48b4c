import Cryptography
import Model
import TestSupport
import Wire

/// What small changes cost on the wire.
struct WireFigures {
    let bodies: [String]

    private static let count = 100
    private static let textBytes = 47

    /// One batch of many small changes: new titles of tasks, in words that people wrote.
    func run() throws -> [Figure] {
        let words = bodies.joined(separator: " ").split(whereSeparator: \.isWhitespace)
        var rest = words[...]
        let titles = (0..<Self.count).map { _ in
            var title = ""
            while title.utf8.count < Self.textBytes, let word = rest.popFirst() {
                title += (title.isEmpty ? "" : " ") + word
            }
            return title
        }
        let key = SigningKey()
        let member = MemberID(RecordID(device: DeviceID(key.publicKey), counter: 1))
        let scope = Scope.participant(member)
        let changes = titles.enumerated().map { index, title in
            ChangeSet(
                ordinal: UInt32(index), action: UInt64(index + 1),
                claimed: ClaimedTime(milliseconds: 1_800_000_000_000 + Int64(index) * 61_000),
                changes: [
                    Change(
                        record: RecordID(device: DeviceID(key.publicKey), counter: UInt64(index)),
                        entity: Schema.task.id, field: Fields.Task.title,
                        operation: .set(.text(title)))
                ])
        }
        let section = SectionBytes.seal(
            Section(scope: scope, firstNumber: 1, changeSets: changes),
            salt: RandomBytes.generate(count: 16))
        let batch = SealedBatch.seal(
            programme: ProgrammeID(hubKey: key.publicKey), sequence: 1, previous: .zero,
            context: .start, schemaVersion: Schema.version, sections: [section], key: key)
        let payload = titles.reduce(0) { $0 + $1.utf8.count }
        let each = Double(batch.encodedBytes.count) / Double(Self.count)
        let plain = Double(payload) / Double(Self.count)
        let compressed = Double(Diary.compressedBytes(of: titles)) / Double(Self.count)
        let name = "wire, \(Self.count) small changes in a batch, each"
        return [
            Figure(
                "\(name): beside its payload", each, .bytes, beside: plain,
                goal: .atMost(plain + 6), isGoalOfRatio: false),
            Figure("\(name): beside its payload by zlib -6", each, .bytes, beside: compressed),
        ]
    }
}
