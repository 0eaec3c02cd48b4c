import ArgumentParser
import Model
import Replica

struct BookingList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List bookings, the earliest first")

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only bookings in this state, or ongoing")
    var state: String?

    func validate() throws {
        guard let state, !Self.states.contains(state) else { return }
        throw ValidationError(
            "\(InputFailure.quoted(state)) is no state. These are: "
                + Self.states.joined(separator: ", "))
    }

    /// The states of the hub, and what follows from the time.
    private static let states = BookingState.allCases.map(\.name) + ["ongoing"]

    func run(in context: CommandContext) async throws {
        let now = StartClock(context).now
        let (outlooks, open) = try context.replica.read { reader in
            (try reader.bookingOutlooks(), try reader.openRequests())
        }
        let bookings = outlooks.map { BookingView($0, now: now) }
            .filter { state == nil || $0.outlook.state.name == state || $0.status == state }
        let requests = open.filter { state == nil || $0.state.name == state }
            .map { OpenRequestView(outlook: $0) }
        if context.output.json {
            try context.output.writeJSON(.array(bookings.map(\.json) + requests.map(\.json)))
        } else {
            try context.output.writeOut(
                BookingTable.table(bookings, requests, Presentation(context)),
                ifEmpty: "There are no such bookings.")
        }
    }
}
