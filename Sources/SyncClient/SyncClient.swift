import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOSSL

@main
struct SyncClient: AsyncParsableCommand {
    func run() async throws { print("waymark") }
}
