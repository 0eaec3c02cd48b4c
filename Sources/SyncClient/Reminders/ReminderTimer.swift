import Foundation

/// The system's timer that asks for reminders every few minutes: systemd's for users, or cron's.
struct ReminderTimer {
    private static let minutes = 5

    /// The program and the home that it is asked for.
    let program: String
    let home: String
    let isDefaultHome: Bool

    /// Each home has a timer of its own.
    var name: String { isDefaultHome ? "waymark-remind" : "waymark-remind-\(Self.escaped(home))" }

    var service: String {
        """
        [Unit]
        Description=Reminders of Waymark

        [Service]
        Type=oneshot
        ExecStart=\(Self.quoted(program)) notification remind --desktop --home \(Self.quoted(home))

        """
    }

    var timer: String {
        """
        [Unit]
        Description=Reminders of Waymark

        [Timer]
        OnCalendar=*:0/\(Self.minutes)
        Persistent=true

        [Install]
        WantedBy=timers.target

        """
    }

    /// The line for `crontab -e`, where there is no systemd. The desktop's notifications are reached
    /// by the bus of the user's session.
    func cronLine(userID: UInt32) -> String {
        """
        */\(Self.minutes) * * * * DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/\(userID)/bus \
        \(Self.cronQuoted(program)) notification remind --desktop --home \(Self.cronQuoted(home))
        """
    }

    /// Where systemd looks for a user's units; nil where the user has no home.
    static func unitFolder(environment: [String: String]) -> String? {
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") {
            return folder + "/systemd/user"
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return home + "/.config/systemd/user"
    }

    /// A path as part of a unit's name: letters, digits and for all else its bytes.
    private static func escaped(_ path: String) -> String {
        path.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            return character.isASCII && (character.isLetter || character.isNumber)
                ? String(character) : "_" + String(byte, radix: 16)
        }.joined()
    }

    /// A word of a unit's command: systemd gives backslashes, quotes, `%` and `$` a meaning.
    private static func quoted(_ word: String) -> String {
        var quoted = "\""
        for character in word {
            switch character {
            case "\\", "\"": quoted += "\\\(character)"
            case "%": quoted += "%%"
            case "$": quoted += "$$"
            case "\n": quoted += "\\n"
            default: quoted.append(character)
            }
        }
        return quoted + "\""
    }

    /// A word for the shell of cron, to which `%` is the end of a line.
    private static func cronQuoted(_ word: String) -> String {
        let inner = word.replacingOccurrences(of: "'", with: "'\\''")
            .replacingOccurrences(of: "%", with: "'\\%'")
        return "'\(inner)'"
    }
}
