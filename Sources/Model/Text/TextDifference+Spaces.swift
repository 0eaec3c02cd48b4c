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
            add(region, to: &spaced, old, new)
        }
        return spaced
    }

    /// Words that are written on an empty line replace it, with its end: they have a line of their
    /// own then, whatever becomes of the empty one, and if two write on it, each has one.
    static func withLineEnds(_ regions: [Region], _ old: Scalars, _ new: Scalars) -> [Region] {
        regions.enumerated().map { index, region in
            let start = region.old.lowerBound
            guard region.old.isEmpty, isLineStart(old, start),
                isLineStart(new, region.new.lowerBound),
                !isLineStart(new, region.new.upperBound)
            else { return region }
            let isPair = start < old.count && old[start] == "\r"
            let end = start + (isPair ? 2 : 1)
            let limit = index + 1 < regions.count ? regions[index + 1].old.lowerBound : old.count
            guard end <= limit, old[end - 1] == "\n" else { return region }
            return Region(
                old: start..<end, new: region.new.lowerBound..<region.new.upperBound + end - start)
        }
    }

    /// A text can often be taken out or put in at several places with one outcome: of the equal
    /// beginnings of two lines either may be the new one. What goes or comes are whole lines, with
    /// their ends, if it can be so; else whole sentences, with the spaces before them.
    static func slid(_ regions: [Region], _ old: Scalars, _ new: Scalars) -> [Region] {
        var slid = regions
        for index in regions.indices where regions[index].old.isEmpty != regions[index].new.isEmpty
        {
            let region = regions[index]
            let isDeletion = region.new.isEmpty
            let text = isDeletion ? old : new
            func side(_ region: Region) -> Range<Int> { isDeletion ? region.old : region.new }
            let range = side(region)
            let floor = index > 0 ? side(slid[index - 1]).upperBound + 1 : 0
            let ceiling =
                index + 1 < regions.count ? side(regions[index + 1]).lowerBound - 1 : text.count
            var (best, bestRank) = (0, rank(range, text))
            func consider(_ way: Int) {
                let rank = rank(range.lowerBound + way..<range.upperBound + way, text)
                if rank > bestRank { (best, bestRank) = (way, rank) }
            }
            var way = 0
            while way > -slideMax, range.lowerBound + way > floor,
                text[range.lowerBound + way - 1] == text[range.upperBound + way - 1]
            {
                way -= 1
                consider(way)
            }
            way = 0
            while way < slideMax, range.upperBound + way < ceiling,
                text[range.lowerBound + way] == text[range.upperBound + way]
            {
                way += 1
                consider(way)
            }
            guard best != 0 else { continue }
            slid[index] = Region(
                old: region.old.lowerBound + best..<region.old.upperBound + best,
                new: region.new.lowerBound + best..<region.new.upperBound + best)
        }
        return slid
    }

    /// Longer than what most lines have in common.
    private static let slideMax = 256

    private static func rank(_ range: Range<Int>, _ text: Scalars) -> Int {
        if isLineStart(text, range.lowerBound), isLineStart(text, range.upperBound) {
            guard isEmptyLine(text, range.lowerBound) else { return 3 }
            return isEmptyLine(text, range.upperBound) ? 4 : 2
        }
        return isSentenceEnd(text, range.lowerBound) && isSentenceEnd(text, range.upperBound)
            ? 1 : 0
    }

    private static func isEmptyLine(_ text: Scalars, _ start: Int) -> Bool {
        guard start < text.count else { return false }
        return text[start] == "\n"
            || text[start] == "\r" && start + 1 < text.count && text[start + 1] == "\n"
    }
}
