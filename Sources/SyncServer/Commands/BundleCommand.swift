import ArgumentParser
import Model
import Replica
import Wire

struct BundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle", abstract: "Take in bundles that were brought to the hub's machine",
        subcommands: [Read.self])

    struct Read: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take in what a bundle brings, and write the hub's answers",
            discussion: """
                The answers are for the bundle's authors: their laptops read them with waymark \
                bundle read, whoever brings them. Reading a bundle again changes nothing.
                """)

        @OptionGroup var options: HubOptions

        @Argument(help: "The file")
        var file: String

        @Option(help: "The file for the answers; a bundle that is there is replaced")
        var answers: String?

        func run() throws {
            let hub = try Hub.open(options.folder)
            if let answers { try Self.requireReplaceable(answers) }
            let intake = try hub.takeIn(bundleAt: file, now: .ofThisMachine)
            if let answers { try AtomicFile.write(intake.answers, to: answers) }
            try options.output.write(
                Document(
                    parcels: intake.count, refused: intake.refused, cut: !intake.isWhole,
                    bytes: intake.bytes, answers: answers),
                text: Self.text(intake, file, answers))
        }

        static func text(_ intake: BundleIntake, _ file: String, _ answers: String?) -> String {
            func parcels(_ count: Int) -> String { count == 1 ? "1 parcel" : "\(count) parcels" }
            var lines = ["Took in \(parcels(intake.count)) of \(TerminalSafe.escape(file))"]
            if !intake.refused.isEmpty {
                lines.append(
                    "\(parcels(intake.refused.count)) could not be used: "
                        + intake.refused.joined(separator: ", "))
            }
            if !intake.isWhole {
                lines.append("The file was cut short: copy it again and read it once more.")
            }
            lines.append(
                answers.map { "The answers are in \(TerminalSafe.escape($0))" }
                    ?? "No answers were written; --answers FILE writes them.")
            return lines.joined(separator: "\n")
        }

        private static func requireReplaceable(_ path: String) throws {
            guard Parcel.mayReplace(fileAt: path) else {
                throw HubError(
                    .alreadyExists, "There is a file \(path) already.",
                    hint: "Choose another name, or remove it first.")
            }
        }

        private struct Document: Encodable {
            let parcels: Int
            let refused: [String]
            let cut: Bool
            let bytes: Int
            let answers: String?
        }
    }
}
