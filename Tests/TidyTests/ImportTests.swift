import Testing

/// Who may import whom. Each library has one home, so that replacing it touches one folder; Model
/// goes without Foundation, so that no clock, locale or time-zone data leaks into the rules.
@Suite struct ImportTests {
    /// Besides ``everywhere`` and what a module's libraries hand out in their signatures.
    private static let table: [String: Set<String>] = [
        "Model": [],
        "Cryptography": ["CSodium"],
        "Wire": ["Model", "Cryptography", "CZlib", "SwiftProtobuf"],
        // GRDBSQLite is SQLite itself, by the name that GRDB gives it.
        "Replica": ["Model", "Cryptography", "Wire", "GRDB", "GRDBSQLite"],
        "SyncClient": ["Model", "Wire", "Replica", "ArgumentParser", "AsyncHTTPClient"],
        "SyncServer": [
            "Model", "Wire", "Cryptography", "Replica", "GRDB", "ArgumentParser", "Hummingbird",
            "HummingbirdTLS", "X509", "ServiceLifecycle",
        ],
        // A hub without rules comes from the tests' support; plain SQLite and a server that does
        // nothing are what is compared with.
        "Benchmark": [
            "Model", "Cryptography", "Wire", "Replica", "TestSupport", "CZlib", "ArgumentParser",
            "GRDB", "GRDBSQLite", "Hummingbird", "HummingbirdTLS",
        ],
    ]

    private static let everywhere: Set<String> = [
        "Foundation", "FoundationEssentials", "Logging", "Synchronization", "Dispatch",
    ]

    /// NIO and HTTP types, and those of the certificate library.
    private static let handedOut: [String: Set<String>] = [
        "SyncClient": ["NIOCore", "NIOSSL", "NIOHTTP1"],
        "SyncServer": [
            "NIOCore", "NIOSSL", "NIOHTTP1", "HTTPTypes", "HummingbirdCore", "SwiftASN1", "Crypto",
            "UnixSignals",
        ],
        "Benchmark": ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL", "HummingbirdCore"],
    ]

    /// Folders outside of which a library is not imported.
    private static let homes = [
        "AsyncHTTPClient": ["Sources/SyncClient/Transport/"],
        "NIOHTTP1": [
            "Sources/SyncClient/Transport/", "Sources/SyncServer/Services/",
            "Sources/Benchmark/Hub/",
        ],
        "X509": ["Sources/SyncServer/TLS/"],
    ]

    /// Libraries whose types may stand in `package` signatures. GRDB is one for the stores that
    /// hub and laptop share: log, referee and tables are written in one transaction.
    private static let exposable: Set<String> = ["Model", "Cryptography", "Wire"]

    private struct Import {
        let file: SourceFile
        let module: String
        let isExposed: Bool
    }

    private static func imports() throws -> [Import] {
        let statement =
            /^\s*(?:@\w+\s+)*(?<access>\w+\s+)?import\s+(?:(?:enum|func|struct)\s+)?(?<module>\w+)/
        return try SourceTree.files("Sources").flatMap { file in
            file.code(with: ["import "]).compactMap { _, text in
                text.firstMatch(of: statement).map { match in
                    let access = match.output.access.map { $0.trimmed } ?? ""
                    return Import(
                        file: file, module: String(match.output.module),
                        isExposed: access == "package" || access == "public")
                }
            }
        }
    }

    @Test func everyModuleIsInTheTable() throws {
        let modules = Set(try SourceTree.files("Sources").map(\.module))
        #expect(modules == Set(Self.table.keys))
    }

    @Test func modulesImportOnlyWhatTheyMay() throws {
        for found in try Self.imports() {
            let home = found.file.module
            let free = home == "Model" ? [] : Self.everywhere
            let allowed = (Self.table[home] ?? []).union(free)
                .union(Self.handedOut[home] ?? [])
            #expect(
                allowed.contains(found.module), "\(found.file.path) imports \(found.module)")
        }
    }

    @Test func librariesStayInTheirFolders() throws {
        for found in try Self.imports() {
            guard let homes = Self.homes[found.module] else { continue }
            #expect(
                homes.contains { found.file.path.hasPrefix($0) },
                "\(found.file.path) imports \(found.module)")
        }
    }

    @Test func signaturesShowOnlyOurOwnTypes() throws {
        for found in try Self.imports() where found.isExposed {
            let allowed =
                found.file.module == "Replica"
                ? Self.exposable.union(["GRDB"]) : Self.exposable
            #expect(
                allowed.contains(found.module),
                "\(found.file.path) has \(found.module) in its signatures")
        }
    }
}

extension Substring {
    fileprivate var trimmed: String { String(filter { !$0.isWhitespace }) }
}
