import Model

extension ReplicaReader {
    /// What a text said before several rewrote the same words of it: the last that all of them
    /// had. Nil for other conflicts, and where nobody's words stand against another's any more.
    package func textBefore(_ conflict: RecordConflict) throws -> String? {
        guard conflict.kind == .rewrite, let document = try text(of: conflict)?.document else {
            return nil
        }
        let versions = try document.openOverlaps().authorsVersions(in: document)
        guard versions.count > 1 else { return nil }
        return try document.commonText(of: Array(versions.values))
    }
}
