/// A promise that was not kept.
struct Violation: Error, CustomStringConvertible {
    /// Which check found it: the same for every way to the same fault.
    let oracle: String
    let detail: String

    init(_ oracle: String, _ detail: String) {
        self.oracle = oracle
        self.detail = detail
    }

    var description: String { "\(oracle): \(detail)" }
}
