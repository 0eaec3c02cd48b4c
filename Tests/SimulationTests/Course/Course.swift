import TestSupport

/// What happens in a run, all of it drawn from one seed before anything happens.
struct Course {
    let seed: UInt64
    var hazards: Set<Hazard>
    var steps: [Step]
    let mentorCount: Int
    let participantCount: Int
    let secondLaptopCount: Int
    let pageBytesTarget: Int
    let emphasis: Emphasis

    init(seed origin: UInt64) {
        seed = origin
        var seed = Seed(origin &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        // One run in eight is free of all misfortune; in the others each kind is as likely as not.
        let isCalm = seed.oneIn(8)
        var hazards = Set(Hazard.allCases.filter { seed.oneIn($0.rarity) && !isCalm })
        emphasis = seed.pick(Emphasis.allCases)
        let isHandover = emphasis == .handovers
        if isHandover { hazards.insert(.reassignments) }
        if emphasis == .couriers { hazards.insert(.couriers) }
        self.hazards = hazards
        mentorCount = 1 + seed.below(isHandover ? 2 : 3)
        participantCount = isHandover ? 4 + seed.below(3) : 1 + seed.below(3)
        secondLaptopCount = seed.below(3)
        pageBytesTarget = [2_000, 8_000, 64_000, 524_288][seed.below(4)]
        let deck = Self.deck(hazards, emphasis)
        let count = 30 + seed.below(seed.oneIn(6) ? 400 : 120)
        steps = (0..<count).map { _ in Step(kind: seed.pick(deck), chance: seed.next()) }
    }

    /// The kinds of steps, each as often as it is likely.
    private static func deck(_ hazards: Set<Hazard>, _ emphasis: Emphasis) -> [Step.Kind] {
        var deck: [Step.Kind] = []
        func add(_ kind: Step.Kind, _ count: Int, when hazard: Hazard? = nil) {
            guard hazard.map({ hazards.contains($0) }) ?? true else { return }
            deck += Array(repeating: kind, count: count)
        }
        add(.deed, 60)
        let isVillage = emphasis == .couriers
        add(.sync, isVillage ? 8 : 22)
        add(.wait, 8)
        add(.deliver, 8, when: .delayedMessages)
        add(.deliver, 4, when: .doubledMessages)
        add(.waitLong, 1, when: .longAbsences)
        add(.killLaptop, 2, when: .laptopKills)
        add(.cutLaptopPower, 2, when: .laptopPowerCuts)
        add(.killHub, 2, when: .hubKills)
        add(.cutHubPower, 2, when: .hubPowerCuts)
        for hazard in [Hazard.laptopKills, .laptopPowerCuts, .laptopDiskFaults] {
            add(.armLaptop, 2, when: hazard)
        }
        for hazard in [Hazard.hubKills, .hubPowerCuts, .hubDiskFaults] {
            add(.armHub, 2, when: hazard)
        }
        add(.setClock, 2, when: .wrongClocks)
        add(.jumpHubClock, 1, when: .hubClockJumps)
        let handoverCount = emphasis == .handovers ? 8 : 2
        add(.assign, handoverCount, when: .reassignments)
        add(.endMentorship, handoverCount, when: .reassignments)
        add(.suspend, 1, when: .suspensions)
        add(.reinstate, 1, when: .suspensions)
        add(.revoke, 1, when: .revocations)
        add(.join, 1, when: .newMembers)
        add(.demote, 1, when: .demotions)
        add(.updateLaptop, 2, when: .updates)
        add(.getLaterVersion, 2, when: .laterVersions)
        add(.attack, 5, when: .hostileDevices)
        add(.backUpLaptop, 2, when: .restoredLaptops)
        add(.restoreLaptop, 2, when: .restoredLaptops)
        add(.cloneLaptop, 1, when: .clonedLaptops)
        for hazard in [Hazard.restoredHub, .copiedHub] { add(.backUpHub, 1, when: hazard) }
        add(.restoreHub, 1, when: .restoredHub)
        add(.putBackHub, 1, when: .copiedHub)
        add(.wipeHub, 1, when: .wipedHub)
        for hazard in [Hazard.restoredHub, .copiedHub, .wipedHub] {
            add(.endRecovery, 1, when: hazard)
        }
        add(.meetForeignHub, 2, when: .foreignHubs)
        let timesRound = isVillage ? 3 : 1
        add(.writeBundle, 6 * timesRound, when: .couriers)
        add(.readBundle, 9 * timesRound, when: .couriers)
        add(.handOver, 4 * timesRound, when: .couriers)
        add(.makeRound, 3 * timesRound, when: .couriers)
        return deck
    }
}
