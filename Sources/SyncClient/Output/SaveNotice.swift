/// Tells people what became of what they saved, where the record that is shown does not.
enum SaveNotice {
    /// Says that there was nothing to save.
    static func tellUnchanged(_ noun: String, in context: CommandContext) {
        context.output.writeError(
            """
            Nothing has changed: the \(noun) says just that already. How lines end does not \
            count; they stay as they are.
            """)
    }
}
