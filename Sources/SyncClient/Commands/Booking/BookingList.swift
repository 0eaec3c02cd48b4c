import ArgumentParser
import Model
import Replica

struct BookingList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List bookings, the earliest first")

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only bookings in this state")
    var state: BookingState?

    func run(in context: CommandContext) async throws {
        let bookings = try context.replica.read { try $0.bookingOutlooks() }
            .filter { state == nil || $0.state == state }
            .map { BookingView($0) }
        if context.output.json {
            try context.output.writeJSON(.array(bookings.map(\.json)))
        } else {
            try context.output.writeOut(
                BookingView.table(bookings, Presentation(context)),
                ifEmpty: "There are no such bookings.")
        }
    }
}

extension BookingState: ExpressibleByArgument {
    package init?(argument: String) { self.init(name: argument) }
    package static var allValueStrings: [String] { allCases.map(\.name) }
}
