import Foundation

/// Finds the member's folder: two folders on one machine are two devices.
enum HomeFolder {
    /// Returns an absolute path: the option, else `WAYMARK_HOME`, else the platform's data folder.
    static func path(_ option: String?, environment: [String: String]) throws -> String {
        if let given = option ?? environment["WAYMARK_HOME"] {
            // Likely a script's variable that is not set: the member's own replica is not meant.
            guard !given.isEmpty else {
                throw CommandFailure(
                    .usage, code: "noHome",
                    "\(option == nil ? "WAYMARK_HOME" : "--home") is empty.",
                    hint: "Name a folder, or leave it out for the data folder of this computer.")
            }
            return URL(fileURLWithPath: given, isDirectory: true).standardizedFileURL.path
        }
        #if os(macOS)
            let folder = "Library/Application Support"
        #else
            let folder = ".local/share"
            // The base directory specification has relative paths ignored.
            if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
                return URL(fileURLWithPath: data, isDirectory: true).standardizedFileURL.path
                    + "/waymark"
            }
        #endif
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw CommandFailure(
                .usage, code: "noHome", "No home folder is set in which a replica could be.",
                hint: "Name one with --home or WAYMARK_HOME.")
        }
        return "\(home)/\(folder)/waymark"
    }
}
