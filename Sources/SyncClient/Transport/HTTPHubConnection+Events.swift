import AsyncHTTPClient
import Model
import NIOCore
import NIOHTTP1
import Replica
import Wire

extension HTTPHubConnection {
    /// The stream is read until it ends. That it is silent for too long the client notices: the hub
    /// says something every half a minute.
    private static let streamTimeout = TimeAmount.hours(24 * 365)
    private static let challengesMax = 3

    /// Listens for news; see `protocol/events.md`.
    func listen(as listener: HubListener) async throws {
        do {
            var challenge: ListeningChallenge?
            for _ in 0..<Self.challengesMax {
                let response = try await client.execute(
                    try request(listener, answering: challenge), timeout: Self.streamTimeout)
                switch response.status {
                case .ok: return try await read(response, listener)
                case .notFound: throw NoEvents()
                default: break
                }
                let answer = try await response.body.collect(upTo: Self.errorBytesMax)
                guard response.status == .unauthorized,
                    let text = response.headers.first(name: "WWW-Authenticate"),
                    let given = ListeningChallenge(headerText: text)
                else {
                    throw failure(
                        status: Int(response.status.code), body: Array(answer.readableBytesView))
                }
                challenge = given
            }
            throw HubFailure.garbage(address)
        } catch is NIOTooManyBytesError {
            throw HubFailure.garbage(address)
        } catch let error as NoEvents {
            throw error
        } catch {
            let failure = connectionFailure(error)
            throw failure is Silence ? HubFailure.silent(address) : failure
        }
    }

    private func request(
        _ listener: HubListener, answering challenge: ListeningChallenge?
    ) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address.text + "/v1/events")
        request.headers.add(name: "Accept", value: "text/event-stream")
        request.headers.add(name: "Cache-Control", value: "no-store")
        request.headers.add(name: "Last-Event-ID", value: listener.position.eventID)
        if let challenge {
            request.headers.add(
                name: "Authorization", value: try listener.sign(challenge).headerText)
        }
        return request
    }

    private func read(_ response: HTTPClientResponse, _ listener: HubListener) async throws {
        let type = response.headers.first(name: "Content-Type") ?? ""
        guard type.hasPrefix("text/event-stream") else { throw HubFailure.garbage(address) }
        listener.hear(.opened)
        var reader = EventStreamReader()
        do {
            for try await part in response.body {
                for event in try reader.take(part.readableBytesView) {
                    switch event.name {
                    case "news":
                        guard let position = Position(eventID: event.id) else { continue }
                        listener.hear(.news(position))
                    case "replaced": listener.hear(.replaced)
                    default: break
                    }
                }
            }
        } catch is EventStreamReader.LineTooLong {
            throw HubFailure.garbage(address)
        }
    }
}
