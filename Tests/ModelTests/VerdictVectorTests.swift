import Testing

@testable import Model

/// `protocol/vectors/verdicts.json`: what the hub rules on every act in every state.
@Suite struct VerdictVectorTests {
    private struct Verdicts: Decodable {
        struct Act: Decodable {
            struct Verdict: Decodable {
                let state: String
                let reason: String?
            }
            let act: String
            let `in`: String
            let hasStarted: Bool
            let verdict: Verdict
        }
        struct Request: Decodable {
            let isInstant: Bool
            let byMentor: Bool
            let state: String
        }
        struct Quanta: Decodable {
            let start: Int64
            let minutes: Int64
            let first: Int64
            let count: Int
        }
        let acts: [Act]
        let requests: [Request]
        let quanta: [Quanta]
    }

    private let vectors: Verdicts

    init() throws {
        vectors = try ProtocolFolder.vectors("verdicts")
    }

    @Test func everyActInEveryStateIsRuledOnAsWritten() throws {
        let pairs = BookingActKind.allCases.count * BookingState.allCases.count
        #expect(vectors.acts.count == pairs * 2)
        for vector in vectors.acts {
            let act = try #require(BookingActKind.allCases.first { $0.name == vector.act })
            let state = try #require(BookingState(name: vector.in))
            switch BookingMachine.apply(act, to: state, hasStarted: vector.hasStarted) {
            case .success(let next):
                #expect(next.name == vector.verdict.state && vector.verdict.reason == nil)
            case .failure(let ineffective):
                #expect(vector.verdict.state == vector.in)
                #expect(ineffective.reason.code == vector.verdict.reason)
            }
        }
    }

    @Test func grantedRequestsBeginAsWritten() {
        for vector in vectors.requests {
            let state = BookingMachine.granted(
                isInstant: vector.isInstant, byMentor: vector.byMentor)
            #expect(state.name == vector.state)
        }
    }

    @Test func slotsOccupyTheQuantaAsWritten() {
        for vector in vectors.quanta {
            let quanta = TimeGrid.quanta(
                startMilliseconds: vector.start, minutes: vector.minutes)
            #expect(quanta.lowerBound == vector.first && quanta.count == vector.count)
        }
    }
}
