import Model

/// Bookings, and requests of which none has come, as a list.
enum BookingTable {
    static func table(
        _ bookings: [BookingView], _ requests: [OpenRequestView],
        _ presentation: Presentation
    ) -> TextTable {
        var table = TextTable(["ID", "TIME", "MENTOR", "PARTICIPANT", "STATE", "TOPIC"])
        for booking in bookings { table.add(booking.row(presentation)) }
        for request in requests { table.add(request.row(presentation)) }
        return table
    }
}
