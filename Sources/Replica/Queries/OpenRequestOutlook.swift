package import Model

/// A request to any mentor, as the participant who made it sees it.
package struct OpenRequestOutlook: Sendable {
    package let request: StoredRecord
    package let participant: MemberID
    /// What the hub has made of it: one booking, or after a recovery several.
    package let bookings: [RecordID]

    /// Why no booking has come of it; nil while the hub has not ruled on it.
    package var reason: VerdictReason? { request.openRequestReason }

    private var isCancelled: Bool { request.isTrue(Fields.OpenRequest.cancelled) }

    /// Where it stands while no booking has come of it.
    package var state: BookingState {
        if request[Fields.OpenRequest.reason] != .null { return .refused }
        return isCancelled ? .cancelled : .requested
    }

    /// Whether it waits for the hub.
    package var isPending: Bool { bookings.isEmpty && state == .requested }
}

extension ReplicaReader {
    /// What has become of a request to any mentor.
    package func outlook(ofOpen request: StoredRecord) throws -> OpenRequestOutlook? {
        guard let participant = request.scope.owner else { return nil }
        let bookings = try records(
            of: Schema.booking, where: [.equals(Fields.Booking.openRequest, .reference(request.id))]
        ).map(\.id)
        return OpenRequestOutlook(request: request, participant: participant, bookings: bookings)
    }

    /// Requests to any mentor of which no booking has come, in the order of their ids.
    package func openRequests() throws -> [OpenRequestOutlook] {
        try records(of: Schema.openRequest).compactMap { try outlook(ofOpen: $0) }
            .filter(\.bookings.isEmpty)
    }
}

extension StoredRecord {
    /// Why no booking has come of a request to any mentor.
    package var openRequestReason: VerdictReason? {
        integer(Fields.OpenRequest.reason).flatMap(VerdictReason.init(rawValue:))
    }
}
