import ArgumentParser

/// `waymark offer`: what mentors meet people about.
struct OfferGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "offer", abstract: "What mentors meet people about, and for how much",
        discussion: "The topics of all offers are the topics of the programme.",
        subcommands: [
            OfferAdd.self, OfferList.self, OfferShow.self, OfferEdit.self, OfferDelete.self,
        ])
}
