import Testing

@testable import Model

@Suite struct IdentifierTests {
    @Test(arguments: [(UInt64(0), UInt64(0)), (1, 2), (.max, .max), (0x0123_4567_89AB_CDEF, 42)])
    func recordIDSurvivesItsTextForm(device: UInt64, counter: UInt64) {
        let id = RecordID(device: DeviceID(rawValue: device), counter: counter)
        #expect(RecordID(text: id.text) == id)
        #expect(RecordID(bytes: id.bytes) == id)
    }

    @Test func recordsMadeOneAfterAnotherDifferInTheirFirstDigits() {
        let prefixes = (1...100).map {
            RecordID(device: DeviceID(rawValue: 77), counter: $0).text.prefix(8)
        }
        #expect(Set(prefixes).count == 100)
    }

    @Test func scopeSurvivesItsBytes() {
        let mentor = MemberID(RecordID(device: DeviceID(rawValue: 1), counter: 1))
        let participant = MemberID(RecordID(device: DeviceID(rawValue: 1), counter: 2))
        let scopes: [Scope] = [
            .programme, .slots(of: mentor), .participant(participant), .own(mentor),
            .pair(mentor: mentor, participant: participant), .contact(of: mentor),
            .invitations(by: mentor),
        ]
        for scope in scopes { #expect(Scope(bytes: scope.bytes) == scope) }
        #expect(Scope(bytes: [1, 0]) == nil)
        #expect(Scope(bytes: [99]) == nil)
    }
}
