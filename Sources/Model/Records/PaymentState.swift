/// What became of the price of a meeting.
package enum PaymentState: Int64, NamedCase, Sendable {
    /// It costs nothing.
    case none = 1
    case due = 2
    case paid = 3
    case refunded = 4
    /// It would have cost something, and is given for nothing.
    case waived = 5

    package var name: String {
        switch self {
        case .none: "none"
        case .due: "due"
        case .paid: "paid"
        case .refunded: "refunded"
        case .waived: "waived"
        }
    }
}
