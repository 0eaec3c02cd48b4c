/// The merged state of one field of one record: its heads and its covered context.
///
/// A change that arrives late may already have been overwritten by one that arrived before it. To
/// know that in any order of arrival, a cell keeps the join of the contexts of *all* admitted
/// changes it ever had, superseded ones included: the covered context. A change inside it, or
/// followed by a later change of its own device, is no head; every other change is one.
///
/// Both parts depend only on the set of admitted changes, not on their order: the join is
/// commutative, associative and idempotent, and the heads are those changes of the set that lie
/// outside the join. (A head that was dropped because of a later change of its own device stays
/// dropped when that one is covered in turn: positions of one device in one scope rise with its
/// numbers, so whatever covers the later change covers the earlier one.)
package struct Cell: Hashable, Sendable {
    /// How the cell came to be; it follows from the operation, so that cells of fields that a
    /// replica does not know merge like everywhere else.
    package enum Kind: UInt8, Sendable {
        /// A register, fact, ruled field, or the record's life.
        case register = 0
        /// One element of a set; the heads' values are 1 (added) and 0 (removed).
        case element = 1
        /// A sum; one head a device, each its running contribution.
        case sum = 2
        /// Operations of a later version; one head a device, its latest such change. Who can apply
        /// them and who cannot so have the same state hash, and an edit that only a newer program
        /// understands keeps a record from dying all the same.
        case unread = 3
        /// A text; one head a device, its latest edit. The heads say who edited it last and whether
        /// a deletion has seen it; what it says follows from its history.
        case text = 8
        /// That the record was erased; one head a device, its latest erasure.
        case erasure = 9

        /// Whether every device has its own head that only its own later changes replace.
        package var keepsAllDevices: Bool {
            self == .sum || self == .unread || self == .text || self == .erasure
        }
    }

    package struct Key: Hashable, Sendable {
        package let field: FieldID
        package let kind: Kind
        /// The element of a set; null for the other kinds.
        package let element: Value

        package init(field: FieldID, kind: Kind, element: Value = .null) {
            self.field = field
            self.kind = kind
            self.element = element
        }

        /// The cell that says whether the record lives.
        package static let life = Key(field: .life, kind: .register)
        /// The cell that says when the record was erased.
        package static let erasure = Key(field: .life, kind: .erasure)
    }

    package let key: Key
    /// Ordered by device, then number; at most one a device.
    package private(set) var heads: [Head]
    package private(set) var covered: Context
    /// Of a text, what stands for its admitted edits in the record's state: the text itself if it
    /// was written once and never edited, else the hash of its history. Null for other kinds, and
    /// while whoever keeps the history has not worked it out.
    package internal(set) var content: Value

    package init(
        key: Key, heads: [Head] = [], covered: Context = .empty, content: Value = .null
    ) {
        self.key = key
        self.heads = heads
        self.covered = covered
        self.content = content
    }

    /// Takes in one change. Taking it in again changes nothing.
    ///
    /// - Parameters:
    ///   - head: the change, as the head it may be.
    ///   - context: what its author had seen.
    package mutating func apply(_ head: Head, context: Context) {
        if !key.kind.keepsAllDevices { covered.join(context) }
        if !heads.contains(where: { $0.device == head.device && $0.number >= head.number }) {
            heads.removeAll { $0.device == head.device }
            let index = heads.firstIndex { !Head.isStoredBefore($0, head) } ?? heads.endIndex
            heads.insert(head, at: index)
        }
        heads.removeAll {
            covered.contains(device: $0.device, number: $0.number, position: $0.position)
        }
    }

    /// The head that is shown, nil for a cell that is empty.
    package var shown: Head? { heads.max(by: Head.isShownAfter) }
}
