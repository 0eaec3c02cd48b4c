import Model

extension SealedBatch {
    /// What the sections of one batch may have together when they are inflated.
    private static let inflatedBytesMax = 16 * 1024 * 1024

    /// Whether it is more than one signature may cost; told from the sections' heads.
    package var isTooLarge: Bool {
        let size = size
        return size.inflatedBytes > Self.inflatedBytesMax
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
