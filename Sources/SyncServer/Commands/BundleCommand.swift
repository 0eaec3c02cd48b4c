import ArgumentParser
import Foundation
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
            guard let data = FileManager.default.contents(atPath: file) else {
                throw HubError(.fileFailed, "The file \(file) cannot be read.")
            }
            if let answers { try Self.requireReplaceable(answers) }
            let (parcels, isWhole) = try Parcel.readAll([UInt8](data))
            var answered: [UInt8] = []
            var count = 0
            var refused: [String] = []
            for parcel in parcels where parcel.head.isForHub {
                do {
                    answered += try hub.carry(parcel.encodedBytes, now: .ofThisMachine)
                    count += 1
                } catch {
                    refused.append(HubError(describing: error).code)
                }
            }
            if let answers, count > 0 { try AtomicFile.write(answered, to: answers) }
            guard count > 0 || refused.isEmpty else {
                throw HubError(
                    HubError.Reason(rawValue: refused[0]) ?? .malformed,
                    "Nothing of \(file) can be used.")
            }
            try options.output.write(
                Document(
                    parcels: count, refused: refused, cut: !isWhole, bytes: data.count,
                    answers: count > 0 ? answers : nil),
                text: """
                    Took in \(count) parcels of \(file)\(isWhole ? "" : ", which was cut short")
                    \(answers.map { "The answers are in \($0)" } ?? "No answers were written.")
                    """)
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
