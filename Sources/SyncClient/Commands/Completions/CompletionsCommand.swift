import ArgumentParser

struct CompletionsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Print a script that completes commands in a shell",
        discussion: """
            For bash: waymark completions bash > ~/.local/share/bash-completion/completions/waymark
            """)

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        var kind: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "The shell: bash, zsh or fish")
    var shell: Shell

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let script = SyncClient.completionScript(for: shell.kind)
        if context.output.json {
            return try context.output.writeJSON([
                "shell": .string(shell.rawValue), "script": .string(script),
            ])
        }
        try context.output.writeVerbatim(script.hasSuffix("\n") ? script : script + "\n")
    }
}
