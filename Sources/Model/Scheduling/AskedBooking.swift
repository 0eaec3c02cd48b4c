extension FieldValues {
    /// The record by which a booking with these values was asked for: itself, or the open request of
    /// which the hub made it. Whoever made that record counts as who asked.
    package func asked(of booking: RecordID) -> RecordID {
        self[Fields.Booking.openRequest]?.reference ?? booking
    }
}
