// swift-tools-version: 6.2
import PackageDescription

// Readers of outside bytes under libFuzzer; README.md says how. A package of its own, so that
// nobody builds it who does not fuzz, and only what is fuzzed is instrumented. `Modules` leads to
// the sources themselves.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    // The libraries have the address sanitizer alone: what they do with the bytes is theirs.
    .unsafeFlags(["-sanitize=fuzzer,address"]),
]

let package = Package(
    name: "waymark-fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1",
            traits: ["FullFoundation"]),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    ],
    targets: [
        .systemLibrary(name: "CSodium", path: "Modules/CSodium", pkgConfig: "libsodium"),
        .systemLibrary(name: "CZlib", path: "Modules/CZlib", pkgConfig: "zlib"),
        .target(name: "Model", path: "Modules/Model", swiftSettings: settings),
        .target(
            name: "Cryptography", dependencies: ["CSodium"], path: "Modules/Cryptography",
            swiftSettings: settings),
        .target(
            name: "Wire",
            dependencies: [
                "Model", "Cryptography", "CZlib",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Modules/Wire", swiftSettings: settings),
        .target(name: "Replica", path: "Modules/Replica", swiftSettings: settings),
        .target(
            name: "SyncClient", dependencies: ["Model", "Replica"], path: "Modules/SyncClient",
            swiftSettings: settings),
        .target(
            name: "SyncServer",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Modules/SyncServer", swiftSettings: settings),
        .target(name: "Unsigned", path: "Modules/Unsigned"),
        .target(
            name: "Decoders",
            dependencies: [
                "Model", "Cryptography", "Wire", "Replica", "SyncClient", "SyncServer",
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            path: "Decoders", swiftSettings: settings),
        .executableTarget(
            name: "waymark-fuzz", dependencies: ["Decoders", "Unsigned"], path: "Driver",
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    ]
)
