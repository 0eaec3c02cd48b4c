/// From two texts to splices: what somebody changed between opening a text and saving it.
///
/// A history keeps every character ever inserted, so what matters first is to take for new only
/// what is new. The way there is that of tools that compare files: what both texts begin and end
/// with is set aside; the rest is compared line by line; and where lines have been replaced by
/// others, those are compared word by word.
///
/// The second thing that matters is what becomes of the splices when somebody else has edited the
/// same text at the same time. A merge keeps what each of the two has inserted, where it stood
/// beside what neither of them has deleted. So what counts as kept decides what people read:
///
/// * **Words are replaced as wholes.** Comparing letters would be shorter, but then two people who
///   at the same time make "lord" and "sword" of one "word" get "slord", and nobody notices. So
///   they get both, and ``TextOverlap`` tells them. Scripts that do without spaces, and words so
///   long that they are none, are compared character by character.
/// * **Rewritten sentences are replaced as wholes.** A "the" that two sentences share by chance
///   would hold both apart, and two rewrites would come out word between word. What is kept counts
///   for nothing if there is less of it than of what was changed around it; corrections of single
///   words stay small (`TextDifference+Sentences`).
/// * **A moved paragraph is the lighter one.** Lines are matched so that the most text is kept, and
///   an empty line weighs next to nothing. A line is what stands in it; how it ends, how far it is
///   set in and which number of a list it has are compared by themselves. So the last line of a
///   text, which often has no end, is like others, line ends can change under words that somebody
///   adds, and an item of a list is the same item under another number
///   (`TextDifference+Lines`, `SequenceDifference+Weights`).
/// * **What goes or comes takes its own separator with it,** and the same one for everybody: a word
///   the space before it, so that two words put in at one place by two people are two words then; a
///   line the end behind it; a paragraph between empty lines half of each of them, so that words
///   which somebody adds to it while it is taken out are left in a line of their own
///   (`TextDifference+Spaces`).
/// * **Words replace others from within,** so that what somebody else writes right before or behind
///   the replaced ones stays on its side (`TextDifference+Writing`).
///
/// Words can be glued together all the same, where one person has written inside of what another
/// has taken out, separators and all: in the middle of a line that is gone, at a line break that has
/// become a space. A merge knows no words, and has no place between characters that are all gone
/// from which one side is the left one. Nearly always ``TextOverlap`` shows that to them.
///
/// Replicas need not agree on any of this, because only whoever saves looks for differences.
///
/// The work is bounded (see ``SequenceDifference``), and so is the number of splices: beyond
/// ``splicesMax``, those with the least text kept between them are joined.
package enum TextDifference {
    /// More splices than this are no longer what a person has changed here and there.
    package static let splicesMax = 512

    /// Splices that make the old text the new one, each for the text that the ones before leave;
    /// positions ascend. None if the texts have the same bytes.
    package static func splices(from old: String, to new: String) -> [TextSplice] {
        let (old, new) = (Array(old.unicodeScalars), Array(new.unicodeScalars))
        return splices(of: saved(old, new), new)
    }

    /// The same for people to look at: no more than the words that differ, however a merge would
    /// deal with them.
    package static func changedWords(from old: String, to new: String) -> [TextSplice] {
        let (old, new) = (Array(old.unicodeScalars), Array(new.unicodeScalars))
        return splices(of: capped(differences(old, new)), new)
    }

    /// A stretch of the old text and what stands in its place in the new one.
    typealias Region = SequenceDifference.Region
    typealias Scalars = [Unicode.Scalar]

    static func splices(of regions: [Region], _ new: Scalars) -> [TextSplice] {
        var shift = 0
        return regions.map { region in
            var inserted = String.UnicodeScalarView()
            inserted.append(contentsOf: new[region.new])
            defer { shift += region.new.count - region.old.count }
            return TextSplice(
                position: region.old.lowerBound + shift, deletedCount: region.old.count,
                inserted: String(inserted))
        }
    }

    /// The regions that a save replaces.
    static func saved(_ old: Scalars, _ new: Scalars) -> [Region] {
        var regions = joinedRewrites(differences(old, new), old)
        regions = wholeSentences(regions, old, new)
        regions = spaced(regions, old, new)
        return capped(withLineEnds(regions, old, new))
    }

    private static func differences(_ old: Scalars, _ new: Scalars) -> [Region] {
        var stepsLeft = SequenceDifference.stepsMax
        var regions: [Region] = []
        for gap in differingLines(old, new, &stepsLeft) {
            let gaps = gap.kind == .words ? differingWords(gap.region, old, new, &stepsLeft) : [gap]
            for gap in gaps {
                add(
                    gap.kind == .mark ? mark(gap.region, old, new) : gap.region, to: &regions, old,
                    new)
            }
        }
        return slid(regions, old, new)
    }

    /// Adds a region, joined with the one before if they touch; a line that goes or comes is not
    /// joined with what is changed in the next one.
    static func add(_ region: Region, to regions: inout [Region], _ old: Scalars, _ new: Scalars) {
        guard !region.isEmpty else { return }
        if let last = regions.last, last.old.upperBound == region.old.lowerBound,
            !(isLineStart(old, region.old.lowerBound) && isLineStart(new, region.new.lowerBound))
        {
            regions[regions.count - 1] = last.joined(with: region)
        } else {
            regions.append(region)
        }
    }

    // MARK: Cap

    /// Joins the regions with the least text between them until there are few enough.
    private static func capped(_ regions: [Region]) -> [Region] {
        guard regions.count > splicesMax else { return regions }
        let gaps = zip(regions, regions.dropFirst()).map { $1.old.lowerBound - $0.old.upperBound }
        let kept = Set(
            gaps.indices.sorted { (gaps[$0], $1) > (gaps[$1], $0) }.prefix(splicesMax - 1))
        var joined: [Region] = []
        for (index, region) in regions.enumerated() {
            if let last = joined.last, !kept.contains(index - 1) {
                joined[joined.count - 1] = last.joined(with: region)
            } else {
                joined.append(region)
            }
        }
        return joined
    }
}
