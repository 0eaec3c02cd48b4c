import ArgumentParser
import Foundation

/// Lets texts that begin with a dash be texts: list items, signatures, numbers below zero.
///
/// The argument parser takes every word with a dash in front for a bundle of one-letter options,
/// finds an `h` in it, prints help and ends well, and the text is gone. Waymark has no one-letter
/// option but `-h`, so such a word is a text wherever one can stand: behind an option that takes a
/// value it is joined to it by `=`; any other text goes behind `--`.
enum DashedText {
    /// Returns the words in a form in which the parser sees what is meant.
    ///
    /// - Parameters:
    ///   - words: the command line.
    ///   - flags: the names of the options that take no value.
    /// - Returns: the same words, with texts joined to their options or behind `--`.
    /// - Throws: ``CommandFailure`` for a word that looks like one-letter options.
    static func protected(
        _ words: [String], flags: @autoclosure () -> Set<String>
    ) throws -> [String] {
        let end = words.firstIndex(of: "--") ?? words.endIndex
        guard words[..<end].contains(where: { isText($0) || $0 == "-h" }) else { return words }
        let flags = flags()
        var front: [String] = []
        var texts: [String] = []
        var rest = words[..<end]
        while let word = rest.popFirst() {
            let takesValue = isOption(word) && !word.contains("=") && !flags.contains(word)
            if takesValue, let value = rest.first, isText(value) || value == "-h" {
                front.append("\(word)=\(value)")
                rest = rest.dropFirst()
            } else if takesValue, let value = rest.first, !isOption(value) {
                front += [word, value]
                rest = rest.dropFirst()
            } else if isText(word) {
                guard !looksLikeOptions(word) else { throw notAnOption(word) }
                texts.append(word)
            } else if texts.isEmpty || isOption(word) || word == "-h" {
                front.append(word)
            } else {
                // What follows a text keeps its place behind it.
                texts.append(word)
            }
        }
        let behind = texts + words[end...].dropFirst()
        return behind.isEmpty && end == words.endIndex ? front : front + ["--"] + behind
    }

    /// `--name` or `--name=value`.
    private static func isOption(_ word: String) -> Bool {
        guard word.hasPrefix("--") else { return false }
        let name = word.dropFirst(2).prefix { $0 != "=" }
        return name.first.map { $0.isASCII && $0.isLetter } ?? false
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }

    private static func isText(_ word: String) -> Bool {
        word.hasPrefix("-") && !["-", "--", "-h"].contains(word) && !isOption(word)
    }

    /// A dash and letters alone: more likely a slip than a text.
    private static func looksLikeOptions(_ word: String) -> Bool {
        word.dropFirst().allSatisfy { $0.isASCII && $0.isLetter }
    }

    private static func notAnOption(_ word: String) -> CommandFailure {
        CommandFailure(
            .usage, "\(InputFailure.quoted(word)) is not an option.",
            hint: "If it is a text, put -- before it, behind all options, as in: "
                + "waymark journal write -- \(word)")
    }
}

extension DashedText {
    /// The options of a command and of all below it that take no value, as `--name`.
    static func flags(of root: any ParsableCommand.Type) -> Set<String> {
        /// What the parser tells of its commands.
        struct Tool: Decodable {
            let command: Command
        }
        struct Command: Decodable {
            let arguments: [Argument]?
            let subcommands: [Command]?
        }
        struct Argument: Decodable {
            let kind: String
            let names: [Name]?
        }
        struct Name: Decodable {
            let name: String
        }
        guard let tool = try? JSONDecoder().decode(Tool.self, from: Data(root._dumpHelp().utf8))
        else { preconditionFailure("The argument parser describes its commands otherwise.") }
        var flags: Set<String> = ["--help", "--version"]
        var commands = [tool.command]
        while let command = commands.popLast() {
            commands += command.subcommands ?? []
            for argument in command.arguments ?? [] where argument.kind == "flag" {
                for name in argument.names ?? [] { flags.insert("--" + name.name) }
            }
        }
        return flags
    }
}
