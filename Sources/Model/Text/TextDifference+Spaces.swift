extension TextDifference {
    /// Lets words go with the space before them, rather than with the one behind or with none.
    ///
    /// If the word "big" is put in before "cat" by one and "cat" replaced by "dog" by another, the
    /// merge should say "big dog" or "dog big" and not "dogbig". With the space before it, every
    /// word is apart from whatever else comes to its place. The first word of a line has none.
    static func spaced(_ regions: [Region], _ old: Scalars, _ new: Scalars) -> [Region] {
        var spaced: [Region] = []
        for var region in regions {
            let start = region.old.lowerBound
            let floor = spaced.last?.old.upperBound ?? 0
            if start > floor, old[start - 1] == " " {
                if region.old.isEmpty || region.new.isEmpty {
                    let changed = region.old.isEmpty ? new[region.new] : old[region.old]
                    if changed.first != " ", changed.last == " " {
                        region = Region(
                            old: start - 1..<region.old.upperBound - 1,
                            new: region.new.lowerBound - 1..<region.new.upperBound - 1)
                    }
                } else if old[start] != " ", new[region.new.lowerBound] != " " {
                    region = Region(
                        old: start - 1..<region.old.upperBound,
                        new: region.new.lowerBound - 1..<region.new.upperBound)
                }
            }
            if let last = spaced.last, last.old.upperBound == region.old.lowerBound {
                region = last.joined(with: region)
                spaced.removeLast()
            }
            spaced.append(region)
        }
        return spaced
    }
}
