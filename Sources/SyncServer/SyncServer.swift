import ArgumentParser
import Foundation
import GRDB
import Hummingbird
import HummingbirdTLS
import ServiceLifecycle
import X509

@main
struct SyncServer: AsyncParsableCommand {
    func run() async throws { print("waymark-hub") }
}
