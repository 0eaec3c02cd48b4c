import Model

extension SealedBatch {
    /// Whether it is more than one signature may cost; told from the sections' heads. All sections
    /// together are bounded like one: restated they are not compressed, and still have to fit into
    /// one answer and one message of a parcel.
    package var isTooLarge: Bool {
        let size = size
        return size.inflatedBytes > Limits.sectionInflatedBytesMax
            || size.changes > Limits.sectionChangesMax
    }

    /// What it will take, as the heads of its sections state it.
    package var size: (inflatedBytes: Int, changes: Int) {
        sections.reduce(into: (0, 0)) { size, section in
            guard let outline = try? section.outline() else { return }
            size.0 += outline.inflatedBytes
            size.1 += outline.changeCount
        }
    }
}
