import Foundation

/// The comparison: the same connections and bodies of the same size at a server that only gives
/// them back.
struct EchoLoad {
    private static let postsMax = 1_000_000

    let connections: Int
    let bodyBytes: Int

    struct Result {
        let latencies: Latencies
        let seconds: Double
        var perSecond: Double { Double(latencies.count) / seconds }
    }

    /// Posts on all connections at once, for so long or so often, whatever ends first. The server
    /// gets the certificate of the hub in the folder.
    func run(
        _ folder: String, for limit: Duration, postsEach: Int = postsMax
    ) async throws -> Result {
        let server = try ServerProcess(
            Programs.own, ["echo", "--data", folder], certificate: folder + "/tls.pem",
            log: folder + "/echo.log")
        defer { server.kill() }
        var opened: [HTTPSConnection] = []
        for _ in 0..<connections {
            opened.append(
                try await HTTPSConnection.open(port: server.port, trusting: server.certificate))
        }
        let body = [UInt8](repeating: 7, count: bodyBytes)
        let clock = ContinuousClock()
        let start = clock.now
        let times = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for connection in opened {
                group.addTask {
                    var times: [Duration] = []
                    for _ in 0..<postsEach where clock.now - start < limit {
                        let begin = clock.now
                        let answer = try await connection.post("/echo", body)
                        precondition(answer.body.count == body.count, "An echo is whole.")
                        times.append(clock.now - begin)
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let seconds = (clock.now - start) / .seconds(1)
        for connection in opened { await connection.close() }
        return Result(latencies: Latencies(times), seconds: seconds)
    }
}
