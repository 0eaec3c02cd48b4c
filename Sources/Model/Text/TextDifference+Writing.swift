extension TextDifference {
    /// What a save writes: the splices from one text to the other, in such an order that the words
    /// which replace others come to stand *between* the first character of those and the rest.
    ///
    /// Put in before the first one, they would share their place with whatever somebody else writes
    /// before the replaced words at the same time, and the ids of the devices would decide which
    /// comes first: with "cat" replaced by "dog" and "big " put in before it, "dogbig". Put in
    /// behind the last one, they would share it with what is written behind. Between characters
    /// that go, nobody else writes; what others write on either side stays there.
    ///
    /// A single character has no middle. A space that gives way to a line end or a dash goes first
    /// then, because what others put in before a word comes before the space (``spaced``); anything
    /// else goes last.
    package static func writing(from old: String, to new: String) -> [TextSplice] {
        let (old, new) = (Array(old.unicodeScalars), Array(new.unicodeScalars))
        let regions = saved(old, new)
        return zip(regions, splices(of: regions, new)).flatMap { region, splice in
            let (count, position) = (region.old.count, splice.position)
            guard !region.new.isEmpty,
                count > 1 || count == 1 && isSeparator(old[region.old.lowerBound])
            else { return [splice] }
            var steps = [
                TextSplice(position: position + 1, deletedCount: 0, inserted: splice.inserted),
                TextSplice(position: position, deletedCount: 1, inserted: ""),
            ]
            if count > 1 {
                steps.append(
                    TextSplice(
                        position: position + region.new.count, deletedCount: count - 1,
                        inserted: ""))
            }
            return steps
        }
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\n"
    }
}
