import Model
import TestSupport
import Testing

/// Places that several have rewritten are settled, and settled in different ways by several.
@Suite struct TextSettlementTests {
    private let ann = DeviceID(rawValue: 1)
    private let ben = DeviceID(rawValue: 2)
    private let cat = DeviceID(rawValue: 3)

    private func merged(_ base: String, _ one: String, _ other: String) -> TextDocument {
        var left = TextDocument()
        _ = left.save(base, by: cat)
        var right = left
        let edits = [left.save(one, by: ann), right.save(other, by: ben)].compactMap { $0 }
        left.merge(edits)
        return left
    }

    private var rewritten: TextDocument {
        merged("Good morning, world! Bye.", "Good morning, moon! Bye.", "Good morning, sun! Bye.")
    }

    private func settled(
        _ document: TextDocument, choosing device: DeviceID?, by author: DeviceID
    ) throws -> TextDocument {
        var settled = document
        settled.merge([try #require(try document.settlement(choosing: device, by: author))])
        return settled
    }

    /// Both have settled without knowing of each other, in either order of delivery.
    private func joined(_ left: TextDocument, _ right: TextDocument) throws -> TextDocument {
        var (one, other) = (left, right)
        one.merge(right.history.edits(since: .empty))
        other.merge(left.history.edits(since: .empty))
        #expect(one.text.utf8.elementsEqual(other.text.utf8))
        #expect(try one.openOverlaps() == other.openOverlaps())
        return one
    }

    private func versions(_ document: TextDocument) throws -> Set<String> {
        Set(
            try document.openOverlaps().flatMap(\.parts).map {
                try document.text(at: document.authorsVersion(of: $0))
            })
    }

    @Test func theChosenWordsStand() throws {
        #expect(try settled(rewritten, choosing: ann, by: ben).text == "Good morning, moon! Bye.")
        #expect(try settled(rewritten, choosing: ben, by: ann).text == "Good morning, sun! Bye.")
        #expect(try settled(rewritten, choosing: nil, by: ann).text == rewritten.text)
        for device in [ann, ben, nil] {
            let settled = try settled(rewritten, choosing: device, by: cat)
            #expect(try settled.openOverlaps().isEmpty)
            #expect(try settled.settlement(by: ben) == nil)
        }
    }

    @Test func nothingElseIsTouched() throws {
        var document = rewritten
        _ = document.save("Oh! " + document.text + " See you.", by: ann)
        #expect(
            try settled(document, choosing: ben, by: ann).text
                == "Oh! Good morning, sun! Bye. See you.")
    }

    @Test func severalPlacesAreSettledAtOnce() throws {
        let document = merged("a b c d e", "a B1 c D1 e", "a B2 c D2 e")
        #expect(try document.openOverlaps().count == 2)
        #expect(try settled(document, choosing: ann, by: cat).text == "a B1 c D1 e")
        #expect(try settled(document, choosing: ben, by: cat).text == "a B2 c D2 e")
    }

    @Test func aDeletedParagraphComesBackWhole() throws {
        let (shorter, longer) = ("One.\nThree.\n", "One.\nTwo fast walked home.\nThree.\n")
        let document = merged("One.\nTwo walked home.\nThree.\n", shorter, longer)
        #expect(try settled(document, choosing: ann, by: cat).text == shorter)
        #expect(try settled(document, choosing: ben, by: cat).text == longer)
    }

    @Test func theSameWordsTwiceStandOnce() throws {
        let document = merged("I paid.", "I paid the costs.", "I paid the costs.")
        #expect(try settled(document, choosing: ann, by: cat).text == "I paid the costs.")
        let begun = merged("", "I am here.", "I am here.")
        #expect(try settled(begun, choosing: ben, by: cat).text == "I am here.")
    }

    @Test func theSameChoiceByBothSettlesIt() throws {
        for device in [ann, ben, nil] {
            let one = try settled(rewritten, choosing: device, by: ann)
            let other = try settled(rewritten, choosing: device, by: ben)
            let both = try joined(one, other)
            #expect(both.text == one.text)
            #expect(try both.openOverlaps().isEmpty)
        }
    }

    @Test(arguments: [(1, 2), (1, nil), (nil, 2)] as [(UInt64?, UInt64?)])
    func differentChoicesAreADisputeOfTheirOwn(mine: UInt64?, theirs: UInt64?) throws {
        let one = try settled(rewritten, choosing: mine.map(DeviceID.init), by: ann)
        let other = try settled(rewritten, choosing: theirs.map(DeviceID.init), by: ben)
        var both = try joined(one, other)
        #expect(try both.openOverlaps().count == 1)
        #expect(try versions(both).isSuperset(of: [one.text, other.text]))
        // Elsewhere anything may be written meanwhile.
        _ = both.save(both.text + " See you.", by: cat)
        #expect(try both.openOverlaps().count == 1)
        for (device, text) in [(ann, one.text), (ben, other.text), (nil, both.text)] {
            let end = try settled(both, choosing: device, by: cat)
            #expect(end.text == (device == nil ? text : text + " See you."))
            #expect(try end.openOverlaps().isEmpty)
        }
    }

    /// And so on: whoever settles the second dispute may be contradicted again.
    @Test func disputesOfDisputesAreFound() throws {
        let one = try settled(rewritten, choosing: ann, by: ann)
        let other = try settled(rewritten, choosing: ben, by: ben)
        let nothing = try joined(one, other)
        #expect(nothing.text == "Good morning,! Bye.")
        let again = try settled(nothing, choosing: ann, by: ann)
        let otherwise = try settled(nothing, choosing: ben, by: ben)
        let standing = try settled(nothing, choosing: nil, by: cat)
        #expect(again.text == "Good morning, moon! Bye.")
        #expect(try joined(again, otherwise).openOverlaps().count == 1)
        #expect(try joined(again, standing).openOverlaps().count == 1)
        #expect(try joined(standing, standing).openOverlaps().isEmpty)
        let end = try settled(joined(again, otherwise), choosing: ben, by: cat)
        #expect(end.text == "Good morning, sun! Bye.")
        #expect(try end.openOverlaps().isEmpty)
    }

    /// Three versions, and each of their authors wants another one, or two of them do.
    @Test(arguments: [[2, 3, 1], [2, 3], [1, 2, 3], [2, 1], [3, 2]] as [[UInt64]])
    func disputesOfThreeAreSettled(choices: [UInt64]) throws {
        var first = TextDocument()
        _ = first.save("Start. They met. End.", by: cat)
        let versions = [
            "Start. Nobody came. End.", "Start. All slept. End.", "Start. We danced. End.",
        ]
        let edits = try zip([ann, ben, cat], versions).map { device, text in
            var own = first
            let edit = own.save(text, by: device)
            return try #require(edit)
        }
        first.merge(edits)
        #expect(try first.openOverlaps().count == 1)
        let settlements = try zip([ann, ben, cat], choices).map { author, chosen in
            try #require(
                try first.settlement(choosing: DeviceID(rawValue: chosen), by: author))
        }
        first.merge(settlements)
        #expect(try first.openOverlaps().count == 1)
        for chosen in 0..<3 {
            let device = DeviceID(rawValue: UInt64(chosen) + 1)
            // What a person chooses is the version that they are shown for the device.
            let part = try first.openOverlaps().flatMap(\.parts)
                .filter { $0.first.device == device }.max { $0.first.sequence < $1.first.sequence }
            let shown = try first.text(at: first.authorsVersion(of: try #require(part)))
            let end = try settled(first, choosing: device, by: ann)
            #expect(end.text == shown)
            #expect(try end.openOverlaps().isEmpty)
        }
        #expect(try settled(first, choosing: nil, by: ben).openOverlaps().isEmpty)
        var typed = first
        _ = typed.save("Start. We agree now. End.", by: cat)
        #expect(try typed.openOverlaps().isEmpty)
    }

    @Test func editsByHandSettleAndContradictLikeChoices() throws {
        var (one, other) = (rewritten, rewritten)
        _ = one.save("Good morning, bright moon! Bye.", by: ann)
        _ = other.save("Good morning, sun! Bye.", by: ben)
        #expect(try one.openOverlaps().isEmpty)
        #expect(try other.openOverlaps().isEmpty)
        #expect(try joined(one, other).openOverlaps().count == 1)
    }

    /// Who writes the next line below a place has said nothing of it; who writes on in its last line
    /// has, and so has who parts it.
    @Test(arguments: ["\n", "\r\n", "\u{2028}", "\u{85}", "\u{0C}"])
    func theNextLineLeavesAPlaceOpen(end: String) throws {
        let torn = merged("We met.", "We met.\(end)Next.", "We met. Tea.")
        #expect(torn.text == "We met.\(end)Next. Tea.")
        for document in [torn, merged("We met", "They met", "I met")] {
            var below = document
            _ = below.save(document.text + "\(end)The day after.", by: cat)
            #expect(try below.openOverlaps().count == 1)
            _ = below.save(below.text + "\(end)And on.", by: ann)
            #expect(try below.openOverlaps().count == 1)
        }
        var further = torn
        _ = further.save(torn.text + " And cake.\(end)More.", by: cat)
        #expect(try further.openOverlaps().isEmpty)
        var parted = torn
        _ = parted.save("We met.\(end)Next.\(end) Tea.", by: cat)
        #expect(try parted.openOverlaps().isEmpty)
    }

    /// Whatever was written: what a device chooses is settled, everywhere alike; and where two
    /// choose differently and get a text that neither chose, it is shown.
    @Test(arguments: Seed.samples(80))
    func anyPlaceCanBeSettled(seed: Seed) throws {
        var seed = seed
        let text = seed.textHistory()
        var document = TextDocument()
        document.merge(text.edits)
        let open = try document.openOverlaps()
        let devices = Set(open.flatMap(\.devices)).sorted()
        let (mine, theirs) = (DeviceID(rawValue: 901), DeviceID(rawValue: 902))
        for device in devices.map(Optional.some) + [nil] where !open.isEmpty {
            let one = try settled(document, choosing: device, by: mine)
            let left = try one.openOverlaps().filter { overlap in
                device.map(overlap.devices.contains) ?? true
            }
            #expect(left.isEmpty)
            if device == nil { #expect(one.text == document.text) }
            for rival in devices.map(Optional.some) + [nil] {
                let other = try settled(document, choosing: rival, by: theirs)
                let both = try joined(one, other)
                let isSurprise = both.text != one.text || both.text != other.text
                if isSurprise, open.count == 1 { #expect(try !both.openOverlaps().isEmpty) }
                if device == nil, rival == nil { #expect(both.text == document.text) }
                if let settlement = try both.settlement(by: mine) {
                    var end = both
                    end.merge([settlement])
                    #expect(end.text == both.text)
                    #expect(try end.openOverlaps().isEmpty)
                }
            }
        }
    }
}
