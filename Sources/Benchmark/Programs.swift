import Foundation

/// The programs that are measured, as they were built beside this one.
enum Programs {
    static let own = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])

    static func beside(_ name: String) -> URL {
        own.resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name)
    }
}
