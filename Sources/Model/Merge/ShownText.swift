/// What a text says, and whose edits met in the same words.
package struct ShownText: Hashable, Sendable {
    package let text: String
    /// Devices that have rewritten the same words without knowing of each other, and whose words
    /// nobody has looked at since.
    package let rewriters: Set<DeviceID>

    package init(_ text: String, rewriters: Set<DeviceID> = []) {
        self.text = text
        self.rewriters = rewriters
    }

    /// A text with nothing in it is shown as none.
    package var value: Value { text.isEmpty ? .null : .text(text) }

    /// By bytes, as values are compared.
    package static func == (left: Self, right: Self) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8) && left.rewriters == right.rewriters
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(Value.text(text))
        hasher.combine(rewriters)
    }
}
