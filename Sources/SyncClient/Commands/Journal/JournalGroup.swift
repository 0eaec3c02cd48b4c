import ArgumentParser

/// `waymark journal`: a member's diary, private unless shared.
struct JournalGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Write a journal, search it, share entries",
        subcommands: [
            JournalWrite.self, JournalList.self, JournalShow.self, JournalEdit.self,
            JournalShare.self, JournalUnshare.self, JournalDelete.self, JournalSearchCommand.self,
            JournalImport.self, JournalExport.self,
        ])
}
