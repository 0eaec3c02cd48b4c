/// The text of a field with its history, as cheap as a plain string while it was never edited.
///
/// Most texts are written once: their history is one insertion by one device, which needs no
/// document to be built, nothing to be stored beside the text, and no replay.
package struct FieldText: Sendable {
    private enum Form {
        case empty
        /// Written by this device as its events from 0 on, and never edited.
        case fresh(String, by: DeviceID)
        case edited(TextDocument)
    }

    private var form: Form

    /// A text that nobody has written yet.
    package init() { form = .empty }

    /// A text that was written once.
    package init(_ text: String, by device: DeviceID) { form = .fresh(text, by: device) }

    /// What was stored side by side.
    package init(_ document: TextDocument) { form = .edited(document) }

    /// What it says.
    package var text: String {
        switch form {
        case .empty: ""
        case .fresh(let text, _): text
        case .edited(let document): document.text
        }
    }

    /// Its length in bytes of UTF-8.
    package var byteCount: Int {
        switch form {
        case .empty: 0
        case .fresh(let text, _): text.utf8.count
        case .edited(let document): document.byteCount
        }
    }

    /// The text if its whole history is that it was written once, and by whom.
    package var fresh: (text: String, device: DeviceID)? {
        switch form {
        case .empty: nil
        case .fresh(let text, let device): (text, device)
        case .edited(let document):
            document.history.author.map { (document.text, $0) }
        }
    }

    /// Whether nobody has ever edited it.
    package var isUnwritten: Bool { if case .empty = form { true } else { false } }

    /// The text with its history as a document.
    package var document: TextDocument {
        switch form {
        case .empty:
            return TextDocument()
        case .fresh(let text, let device):
            var document = TextDocument()
            document.apply(TextSplice(position: 0, deletedCount: 0, inserted: text), by: device)
            return document
        case .edited(let document):
            return document
        }
    }

    /// Takes in an edit, in whatever order edits come.
    @discardableResult
    package mutating func merge(_ edit: TextEdit) -> TextDocument.Merge {
        if case .empty = form, let text = edit.wholeText {
            form = .fresh(text, by: edit.device)
            return TextDocument.Merge()
        }
        var document = document
        // Frees the other reference, so that the document is not copied to be changed.
        form = .empty
        let merge = document.merge([edit])
        form = document.history.isEmpty ? .empty : .edited(document)
        return merge
    }
}

extension TextEdit {
    /// The text, if the edit is the first of its device and writes a text where none was.
    fileprivate var wholeText: String? {
        guard sequence == 0, parents == .empty, operations.isOneInsertion,
            count <= Limits.textEventsMax
        else { return nil }
        return String(decoding: operations.inserted, as: UTF8.self)
    }
}

extension TextHistory {
    /// Whether it holds nothing at all.
    fileprivate var isEmpty: Bool { eventCount == 0 && pending.isEmpty }

    /// The author, if the text was written in one go by their events from 0 on.
    fileprivate var author: DeviceID? {
        guard pending.isEmpty, operations.isOneInsertion, graph.nodes.count == 1,
            graph.nodes[0].sequence == 0
        else { return nil }
        return graph.agents[0].device
    }
}

extension TextOperations {
    fileprivate var isOneInsertion: Bool {
        runs.count == 1 && runs[0].kind == .insertion && runs[0].position == 0
    }
}
