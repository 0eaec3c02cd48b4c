import ArgumentParser
import Foundation
import Hummingbird
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL

/// A server that gives every body back: what HTTP and TLS cost without a hub behind them.
struct EchoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo", abstract: "Serve an echo by a hub's certificate until killed",
        shouldDisplay: false)

    @Option(help: "The folder of the hub whose certificate is used")
    var data: String

    private static let bodyBytesMax = 16 * 1024 * 1024

    func run() async throws {
        let router = Router()
        router.post("echo") { request, _ -> Response in
            let body = try await request.body.collect(upTo: Self.bodyBytesMax)
            return Response(status: .ok, body: ResponseBody(byteBuffer: body))
        }
        let chain = try NIOSSLCertificate.fromPEMFile(data + "/tls.pem")
        let key = try NIOSSLPrivateKey(file: data + "/tls.key", format: .pem)
        let tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        var logger = Logger(label: "echo")
        logger.logLevel = .error
        let application = Application(
            router: router, server: try .tls(tlsConfiguration: tls),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                let url = "https://127.0.0.1:\(channel.localAddress?.port ?? 0)"
                // At once, not when a buffer is full.
                FileHandle.standardOutput.write(Data("{\"ready\":{\"url\":\"\(url)\"}}\n".utf8))
            },
            logger: logger)
        try await application.run()
    }
}
