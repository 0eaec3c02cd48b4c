import Model

extension ReplicaReader {
    /// What a text said before several rewrote the same words of it: the last that all of them
    /// had. Nil for other conflicts, and where nobody's words stand against another's any more.
    package func textBefore(_ conflict: RecordConflict) throws -> String? {
        guard conflict.kind == .rewrite, let row = try store.existingScope(conflict.scope) else {
            return nil
        }
        let document = try store.text(
            of: conflict.field, record: conflict.record, entity: conflict.entity, in: row
        ).document
        var last: [DeviceID: TextOverlap.Part] = [:]
        for part in try document.openOverlaps().flatMap(\.parts) {
            let other = last[part.first.device]
            guard other.map({ $0.first.sequence < part.first.sequence }) ?? true else { continue }
            last[part.first.device] = part
        }
        guard last.count > 1 else { return nil }
        return try document.commonText(
            of: last.values.sorted().map { document.authorsVersion(of: $0) })
    }
}
