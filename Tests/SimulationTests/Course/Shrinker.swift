/// Makes the course of a failing run small: leaves out steps and misfortunes as long as the same
/// promise is broken (delta debugging, Zeller and Hildebrandt, TSE 2002).
struct Shrinker {
    private(set) var smallest: Run
    private var attemptsLeft: Int
    private let oracle: String

    /// - Parameters:
    ///   - run: a run that failed.
    ///   - attempts: how many runs may be spent.
    init?(_ run: Run, attempts: Int) {
        guard let violation = run.violation else { return nil }
        smallest = run
        attemptsLeft = attempts
        oracle = violation.oracle
    }

    mutating func shrink() {
        var course = smallest.course
        course.steps = Array(course.steps.prefix(smallest.stepIndex + 1))
        _ = attempt(course)
        for hazard in smallest.course.hazards.sorted() {
            var course = smallest.course
            course.hazards.remove(hazard)
            _ = attempt(course)
        }
        var size = max(smallest.course.steps.count / 2, 1)
        while attemptsLeft > 0 {
            let isSmaller = leaveOut(size)
            if size == 1, !isSmaller { return }
            size = max(size / 2, 1)
        }
    }

    /// Leaves out stretches of so many steps wherever that is possible.
    private mutating func leaveOut(_ size: Int) -> Bool {
        var isSmaller = false
        var end = smallest.course.steps.count
        while end > 0, attemptsLeft > 0 {
            let start = max(end - size, 0)
            var course = smallest.course
            course.steps.removeSubrange(start..<min(end, course.steps.count))
            if attempt(course) { isSmaller = true }
            end = start
        }
        return isSmaller
    }

    private mutating func attempt(_ course: Course) -> Bool {
        guard attemptsLeft > 0 else { return false }
        attemptsLeft -= 1
        let run = Run(course)
        guard run.violation?.oracle == oracle else { return false }
        smallest = run
        return true
    }
}
