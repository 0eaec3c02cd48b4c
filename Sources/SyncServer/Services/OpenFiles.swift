import Foundation

/// How many files and connections this process may have open at the same time.
enum OpenFiles {
    /// What databases, logs and the runtime need beside connections.
    private static let own = 64

    /// Asks the system for as many as it grants, and returns how many connections these allow.
    ///
    /// Many systems grant 1,024 unless one asks. A server that runs out of them cannot even accept
    /// a connection to turn it away.
    static func connections(atMost most: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return most }
        let wanted = min(limit.rlim_max, rlim_t(most + own))
        if limit.rlim_cur < wanted {
            limit.rlim_cur = wanted
            setrlimit(resource, &limit)
            getrlimit(resource, &limit)
        }
        let granted = Int(exactly: limit.rlim_cur) ?? most + own
        return max(1, min(most, granted - own))
    }

    #if canImport(Glibc)
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let resource = RLIMIT_NOFILE
    #endif
}
