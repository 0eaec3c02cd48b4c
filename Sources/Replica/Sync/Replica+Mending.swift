import Model

extension Replica {
    /// Makes anew what a page builds on, after one that did not come to what the hub expects.
    ///
    /// A scope's hash is carried on from change to change, so it does not tell that a row beside it was
    /// lost: the hub and the replica agree until that row changes, and never again after. Tables from
    /// the log have hashes that are true, and what the log itself lacks then differs from what the hub
    /// has and is fetched like any scope that does. Nobody compares what was fetched of a scope that
    /// catches up, and nobody sees it: it is fetched once more. So is one that lacks what lies behind
    /// its snapshot, for there is no log to make its tables from.
    func mend() throws {
        try rebuild()
        try write { store, credentials in
            for row in try store.allScopes()
            where try row.status == .catchingUp || store.lacksHistory(row) {
                try store.restart(row, identity: credentials.identity)
            }
        }
        try resumePurge()
    }
}
