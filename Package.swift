// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let httpClient = Target.Dependency.product(
    name: "AsyncHTTPClient", package: "async-http-client")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")

let package = Package(
    name: "waymark",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "waymark", targets: ["SyncClient"]),
        .executable(name: "waymark-hub", targets: ["SyncServer"]),
        .executable(name: "waymark-bench", targets: ["Benchmark"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "Model", swiftSettings: settings),
        .target(name: "Cryptography", dependencies: ["CSodium"], swiftSettings: settings),
        .target(
            name: "Wire",
            dependencies: [
                "Model", "Cryptography", "CZlib",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings),
        .target(
            name: "Replica",
            dependencies: [
                "Model", "Cryptography", "Wire", grdb, logging,
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "SyncClient",
            dependencies: [
                "Model", "Wire", "Replica", arguments, httpClient, logging, nioCore, nioSSL,
                nioHTTP,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "SyncServer",
            dependencies: [
                "Model", "Wire", "Cryptography", "Replica", grdb, arguments, hummingbird, logging,
                nioCore, nioSSL, nioHTTP,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "Benchmark",
            dependencies: [
                "Model", "Cryptography", "Wire", "Replica", "TestSupport", "CZlib", arguments, grdb,
                hummingbird, logging, nioCore, nioHTTP, nioSSL,
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .target(
            name: "TestSupport",
            dependencies: ["Model", "Cryptography", "Wire", "Replica"],
            path: "Tests/TestSupport", swiftSettings: settings),
        // SQLite's disk and the cryptographic library's randomness in a test's hands.
        .target(
            name: "SimulatedWorld", dependencies: ["CSodium"], path: "Tests/SimulatedWorld",
            linkerSettings: [.linkedLibrary("sqlite3")]),
        .testTarget(
            name: "ModelTests", dependencies: ["Model", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "CryptographyTests", dependencies: ["Cryptography"], swiftSettings: settings),
        .testTarget(
            name: "WireTests", dependencies: ["Wire", "Model", "Cryptography", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "ReplicaTests",
            dependencies: ["Replica", "Model", "Cryptography", "Wire", "TestSupport", grdb],
            swiftSettings: settings),
        .testTarget(
            name: "SyncClientTests",
            dependencies: [
                "SyncClient", "Model", "Cryptography", "Wire", "Replica", "TestSupport", arguments,
            ],
            exclude: ["Resources"], swiftSettings: settings),
        .testTarget(
            name: "SyncServerTests",
            dependencies: [
                "SyncServer", "Model", "Cryptography", "Wire", "Replica", "TestSupport", grdb,
                nioCore, nioSSL, nioHTTP, .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "SyncServer", "Model", "Cryptography", "Wire", "Replica", "TestSupport",
                "SimulatedWorld", grdb,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["SyncClient", "SyncServer", "Benchmark", "Model", "TestSupport", grdb],
            exclude: ["Resources"], swiftSettings: settings),
        .testTarget(name: "TidyTests", swiftSettings: settings),
    ]
)

// `make simulate` optimises one of the test targets; the others would take longer than the seeds.
if Context.environment["WAYMARK_SIMULATION"] != nil {
    package.targets.removeAll { $0.type == .test && $0.name != "SimulationTests" }
}
