/// The regions in which two sequences of numbers differ, by Myers' algorithm ("An O(ND) Difference
/// Algorithm and Its Variations", 1986), in the variation that needs little memory: the middle of
/// a shortest script is searched from both ends at once, and then each half likewise.
///
/// A search that has looked at too much settles for the furthest point it has reached, and once all
/// searches together have, what is left is taken for replaced. The script is then longer than need
/// be, but it is right all the same.
enum SequenceDifference {
    struct Region: Equatable {
        var old: Range<Int>
        var new: Range<Int>

        var isEmpty: Bool { old.isEmpty && new.isEmpty }

        /// Both, and what lies between them.
        func joined(with next: Region) -> Region {
            Region(
                old: old.lowerBound..<next.old.upperBound,
                new: new.lowerBound..<next.new.upperBound)
        }

        /// Without what both begin and end with.
        func trimmed(isEqual: (Int, Int) -> Bool) -> Region {
            var (start, other) = (old.lowerBound, new.lowerBound)
            while start < old.upperBound, other < new.upperBound, isEqual(start, other) {
                start += 1
                other += 1
            }
            var (end, otherEnd) = (old.upperBound, new.upperBound)
            while end > start, otherEnd > other, isEqual(end - 1, otherEnd - 1) {
                end -= 1
                otherEnd -= 1
            }
            return Region(old: start..<end, new: other..<otherEnd)
        }
    }

    /// Differences that one search may follow before it settles for less. 256 lines changed
    /// between two saves are rare; the work is at most the square of it for each search.
    private static let costMax = 256
    /// What all searches for the differences of one text may look at: some hundredths of a second.
    static let stepsMax = 1 << 23

    /// The regions of a shortest script; the steps left are shared by whatever else is compared.
    static func regions(from old: [Int], to new: [Int], stepsLeft: inout Int) -> [Region] {
        var search = Search(old: old, new: new, stepsLeft: stepsLeft)
        search.compare(Region(old: old.indices, new: new.indices))
        stepsLeft = search.stepsLeft
        return search.regions
    }

    struct Search {
        let old: [Int]
        let new: [Int]
        private(set) var regions: [Region] = []
        private(set) var stepsLeft: Int
        /// How far each diagonal is reached, from the beginning and from the end.
        private var forward: [Int]
        private var backward: [Int]
        /// Stands where a diagonal leaves the grid.
        private static let unreached = -1 << 40

        init(old: [Int], new: [Int], stepsLeft: Int) {
            self.old = old
            self.new = new
            self.stepsLeft = stepsLeft
            forward = [Int](repeating: 0, count: 2 * costMax + 5)
            backward = forward
        }

        mutating func compare(_ whole: Region) {
            let region = whole.trimmed { old[$0] == new[$1] }
            guard !region.old.isEmpty, !region.new.isEmpty, stepsLeft > 0 else {
                add(region)
                return
            }
            guard let (oldMiddle, newMiddle) = middle(of: region) else {
                add(region)
                return
            }
            compare(
                Region(
                    old: region.old.lowerBound..<oldMiddle, new: region.new.lowerBound..<newMiddle))
            compare(
                Region(
                    old: oldMiddle..<region.old.upperBound, new: newMiddle..<region.new.upperBound))
        }

        /// Adds a region, joined with the one before if they touch.
        mutating func add(_ region: Region) {
            guard !region.isEmpty else { return }
            if let last = regions.last, last.old.upperBound == region.old.lowerBound,
                last.new.upperBound == region.new.lowerBound
            {
                regions[regions.count - 1] = last.joined(with: region)
            } else {
                regions.append(region)
            }
        }

        /// A point on a short script, neither its beginning nor its end; nil if none is found,
        /// because nothing is in common.
        private mutating func middle(of region: Region) -> (Int, Int)? {
            let (oldStart, newStart) = (region.old.lowerBound, region.new.lowerBound)
            let (oldCount, newCount) = (region.old.count, region.new.count)
            let delta = oldCount - newCount
            let centre = costMax + 2
            forward[centre + 1] = 0
            backward[centre + 1] = 0
            for cost in 0...min((oldCount + newCount + 1) / 2, costMax) {
                stepsLeft -= 2 * (cost + 1)
                for diagonal in stride(from: -cost, through: cost, by: 2) {
                    var x =
                        diagonal == -cost
                            || diagonal != cost
                                && forward[centre + diagonal - 1] < forward[centre + diagonal + 1]
                        ? forward[centre + diagonal + 1] : forward[centre + diagonal - 1] + 1
                    var y = x - diagonal
                    while x >= 0, x < oldCount, y >= 0, y < newCount,
                        old[oldStart + x] == new[newStart + y]
                    {
                        x += 1
                        y += 1
                    }
                    let isInGrid = 0...oldCount ~= x && 0...newCount ~= y
                    forward[centre + diagonal] = isInGrid ? x : Self.unreached
                    let other = delta - diagonal
                    if isInGrid, delta % 2 != 0, abs(other) < cost,
                        x + backward[centre + other] >= oldCount
                    {
                        return inside(region, oldStart + x, newStart + y)
                    }
                }
                for diagonal in stride(from: -cost, through: cost, by: 2) {
                    var x =
                        diagonal == -cost
                            || diagonal != cost
                                && backward[centre + diagonal - 1] < backward[centre + diagonal + 1]
                        ? backward[centre + diagonal + 1] : backward[centre + diagonal - 1] + 1
                    var y = x - diagonal
                    while x >= 0, x < oldCount, y >= 0, y < newCount,
                        old[oldStart + oldCount - 1 - x] == new[newStart + newCount - 1 - y]
                    {
                        x += 1
                        y += 1
                    }
                    let isInGrid = 0...oldCount ~= x && 0...newCount ~= y
                    backward[centre + diagonal] = isInGrid ? x : Self.unreached
                    let other = delta - diagonal
                    if isInGrid, delta % 2 == 0, abs(other) <= cost,
                        x + forward[centre + other] >= oldCount
                    {
                        return inside(
                            region, oldStart + oldCount - x, newStart + newCount - y)
                    }
                }
            }
            return furthest(in: region)
        }

        /// The point furthest from the beginning that the search has reached.
        private func furthest(in region: Region) -> (Int, Int)? {
            let centre = costMax + 2
            var best = (sum: -1, x: 0, y: 0)
            for diagonal in stride(from: -costMax, through: costMax, by: 2) {
                let x = min(forward[centre + diagonal], region.old.count)
                let y = x - diagonal
                guard x >= 0, y >= 0, y <= region.new.count, x + y > best.sum else { continue }
                best = (x + y, x, y)
            }
            return inside(region, region.old.lowerBound + best.x, region.new.lowerBound + best.y)
        }

        private func inside(_ region: Region, _ old: Int, _ new: Int) -> (Int, Int)? {
            guard region.old.lowerBound...region.old.upperBound ~= old,
                region.new.lowerBound...region.new.upperBound ~= new
            else { return nil }
            let isBeginning = old == region.old.lowerBound && new == region.new.lowerBound
            let isEnd = old == region.old.upperBound && new == region.new.upperBound
            return isBeginning || isEnd ? nil : (old, new)
        }
    }
}
