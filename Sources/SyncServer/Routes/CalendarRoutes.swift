import Cryptography
import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// `GET /calendar/SECRET.ics`: a member's meetings and events, for a phone that reads them again and
/// again. It only reads, and only for whoever knows the secret.
struct CalendarRoutes {
    let hub: Hub

    func add(to router: Router<HubRequestContext>) {
        let hub = hub
        router.get("calendar/:file") { request, context -> Response in
            guard let name = context.parameters.get("file"),
                let secret = CalendarSecret(fileName: name),
                let text = try await hub.database.readAsync({ try hub.calendar(at: secret, $0) })
            else { throw Self.notFound }
            return Self.response(to: request, text)
        }
    }

    /// The same as for any address at which there is nothing.
    private static var notFound: HubError {
        HubError(.notFound, "There is nothing at this address.")
    }

    private static func response(to request: Request, _ text: String) -> Response {
        let bytes = Array(text.utf8)
        let tag = "\"" + Base64URL.encode(SHA256.hash(of: bytes)) + "\""
        let headers: HTTPFields = [
            .contentType: "text/calendar; charset=utf-8", .cacheControl: "private, no-cache",
            .eTag: tag,
        ]
        guard !isKnown(tag, request.headers[.ifNoneMatch]) else {
            return Response(status: .notModified, headers: headers)
        }
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Whether a list of tags names this one; a proxy may have marked it as weak.
    static func isKnown(_ tag: String, _ list: String?) -> Bool {
        guard let list else { return false }
        return list.split(separator: ",").contains { part in
            let word = part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            let name = String(word)
            return name == "*" || name == tag || name == "W/" + tag
        }
    }
}
