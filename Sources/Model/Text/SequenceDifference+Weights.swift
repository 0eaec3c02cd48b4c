extension SequenceDifference {
    /// Pairs of elements that may be weighed against each other: about a thousand lines against a
    /// thousand others.
    private static let pairsMax = 1 << 20

    /// The regions in which two sequences differ that leave what weighs most in common, where
    /// Myers' algorithm leaves the most elements. Weights are positive, one for each number.
    ///
    /// Where there is too much to weigh everything against everything, elements that stand once in
    /// both sequences are matched first (the idea of "patience" differences), again so that the
    /// heaviest are kept; what lies between them is weighed, or, once that is too much as well,
    /// left to Myers.
    static func regions(
        from old: [Int], to new: [Int], weights: [Int], stepsLeft: inout Int
    ) -> [Region] {
        var weighing = Weighing(
            search: Search(old: old, new: new, stepsLeft: stepsLeft), weights: weights)
        weighing.compare(Region(old: old.indices, new: new.indices))
        stepsLeft = weighing.search.stepsLeft
        return weighing.search.regions
    }

    private struct Weighing {
        private(set) var search: Search
        let weights: [Int]
        private var pairsLeft = pairsMax

        init(search: Search, weights: [Int]) {
            self.search = search
            self.weights = weights
        }

        mutating func compare(_ whole: Region) {
            let region = trimmed(whole)
            if region.old.count * region.new.count <= pairsLeft { return weigh(region) }
            var reached = (old: region.old.lowerBound, new: region.new.lowerBound)
            for anchor in anchors(in: region) {
                compareFurther(
                    Region(old: reached.old..<anchor.old, new: reached.new..<anchor.new))
                reached = (anchor.old + 1, anchor.new + 1)
            }
            compareFurther(
                Region(
                    old: reached.old..<region.old.upperBound,
                    new: reached.new..<region.new.upperBound))
        }

        private mutating func compareFurther(_ whole: Region) {
            let region = trimmed(whole)
            if region.old.count * region.new.count <= pairsLeft {
                weigh(region)
            } else {
                search.compare(region)
            }
        }

        private func trimmed(_ region: Region) -> Region {
            region.trimmed { search.old[$0] == search.new[$1] }
        }

        /// Tries everything.
        private mutating func weigh(_ region: Region) {
            let (oldCount, newCount) = (region.old.count, region.new.count)
            guard oldCount > 0, newCount > 0 else { return search.add(region) }
            pairsLeft -= oldCount * newCount
            let (oldStart, newStart) = (region.old.lowerBound, region.new.lowerBound)
            let width = newCount + 1
            /// The most that can be kept of what follows each pair.
            var best = [Int](repeating: 0, count: (oldCount + 1) * width)
            for x in (0..<oldCount).reversed() {
                let number = search.old[oldStart + x]
                for y in (0..<newCount).reversed() {
                    let cell = x * width + y
                    best[cell] =
                        number == search.new[newStart + y]
                        ? weights[number] + best[cell + width + 1]
                        : max(best[cell + width], best[cell + 1])
                }
            }
            var (x, y) = (0, 0)
            var reached = (old: oldStart, new: newStart)
            while x < oldCount, y < newCount {
                let cell = x * width + y
                if search.old[oldStart + x] == search.new[newStart + y] {
                    search.add(
                        Region(old: reached.old..<oldStart + x, new: reached.new..<newStart + y))
                    (x, y) = (x + 1, y + 1)
                    reached = (oldStart + x, newStart + y)
                } else if best[cell + width] >= best[cell + 1] {
                    x += 1
                } else {
                    y += 1
                }
            }
            search.add(
                Region(
                    old: reached.old..<region.old.upperBound,
                    new: reached.new..<region.new.upperBound))
        }

        /// Of the elements that stand once in either part, the heaviest that stand in one order.
        private func anchors(in region: Region) -> [(old: Int, new: Int)] {
            let unique = placesOfUnique(in: search.new, region.new)
            let candidates = placesOfUnique(in: search.old, region.old).enumerated()
                .compactMap { number, place in
                    place >= 0 && unique[number] >= 0
                        ? (old: place, new: unique[number], weight: weights[number]) : nil
                }
                .sorted { $0.old < $1.old }
            // A binary indexed tree: for the places up to one in the new sequence, the heaviest
            // chain that ends there.
            var tree = [Int](repeating: -1, count: region.new.count + 1)
            var chains: [(weight: Int, before: Int)] = []
            var heaviest = -1
            for (index, candidate) in candidates.enumerated() {
                let place = candidate.new - region.new.lowerBound + 1
                var before = -1
                var slot = place - 1
                while slot > 0 {
                    let other = tree[slot]
                    if other >= 0, before < 0 || chains[other].weight > chains[before].weight {
                        before = other
                    }
                    slot &= slot - 1
                }
                let weight = candidate.weight + (before < 0 ? 0 : chains[before].weight)
                chains.append((weight, before))
                slot = place
                while slot < tree.count {
                    if tree[slot] < 0 || chains[tree[slot]].weight < weight { tree[slot] = index }
                    slot += slot & -slot
                }
                if heaviest < 0 || chains[heaviest].weight < weight { heaviest = index }
            }
            var chain: [(old: Int, new: Int)] = []
            while heaviest >= 0 {
                chain.append((candidates[heaviest].old, candidates[heaviest].new))
                heaviest = chains[heaviest].before
            }
            return chain.reversed()
        }

        /// By number, where it stands; negative if it stands nowhere or more than once.
        private func placesOfUnique(in numbers: [Int], _ part: Range<Int>) -> [Int] {
            let (absent, repeated) = (-1, -2)
            var places = [Int](repeating: absent, count: weights.count)
            for index in part {
                places[numbers[index]] = places[numbers[index]] == absent ? index : repeated
            }
            return places
        }
    }
}
