import Model
import Replica

/// What a sync brought, for machines and for people.
struct SyncSummary {
    struct Verdict: Hashable {
        let booking: RecordID
        let state: BookingState?
        let reason: VerdictReason?
        /// The member's own act that had no effect.
        let ineffectiveAct: BookingActKind?
        /// What was said about a move.
        let moveNews: MoveNews?
    }

    /// What a verdict on an act about a move tells its member.
    struct MoveNews: Hashable {
        let kind: BookingActKind
        let isOwn: Bool
        /// Whether the booking has the proposed slot by it.
        let isDone: Bool
    }

    private static let act = Fields.BookingVerdict.act

    let report: SyncReport
    let verdicts: [Verdict]
    let rejected: [RejectedItem]
    /// Open ones that the member may settle.
    let conflicts: Int
    /// Meetings to come of the member that cannot all take place.
    let clashes: Int

    /// `now` is the present by the best clock at hand.
    init(_ report: SyncReport, reader: ReplicaReader, now: Int64) throws {
        self.report = report
        verdicts = try report.verdicts.compactMap { id in
            guard let record = try reader.record(id, of: Schema.bookingVerdict),
                let booking = record.reference(Fields.BookingVerdict.booking)
            else { return nil }
            // That somebody else's act had no effect is news to nobody but them.
            var ineffectiveAct: BookingActKind?
            var moveNews: MoveNews?
            if let id = record.reference(Self.act), id != booking {
                let act = try reader.record(id, of: Schema.bookingAct)
                let isOwn = try reader.author(of: id) == reader.identity.member
                if !record.isEffective(on: booking) {
                    guard isOwn else { return nil }
                    ineffectiveAct = try reader.record(booking, of: Schema.booking)
                        .flatMap { record.actKind(saidBy: act, on: $0) }
                } else if let act, let kind = act.actKind, kind.isAboutMoves {
                    moveNews = MoveNews(kind: kind, isOwn: isOwn, isDone: !record.isNote(on: act))
                }
            }
            return Verdict(
                booking: booking,
                state: record.integer(Fields.BookingVerdict.state)
                    .flatMap(BookingState.init(rawValue:)),
                reason: record.integer(Fields.BookingVerdict.reason)
                    .flatMap(VerdictReason.init(rawValue:)),
                ineffectiveAct: ineffectiveAct, moveNews: moveNews)
        }
        let new = Set(report.rejected)
        rejected = new.isEmpty ? [] : try reader.rejectedItems().filter { new.contains($0.id) }
        conflicts = try reader.conflictsToSettle().count
        clashes = try MeetingOverlap.clashCount(after: now, reader)
    }

    var json: JSONValue {
        [
            "pushed": [
                "batches": JSONValue(report.pushedBatches),
                "changes": JSONValue(report.pushedChanges),
            ],
            "pulled": [
                "batches": JSONValue(report.pulledBatches),
                "changes": JSONValue(report.pulledChanges),
            ],
            "snapshotRecords": JSONValue(report.snapshotRecords),
            "notifications": JSONValue(report.news),
            "withdrawn": JSONValue(report.withdrawn),
            "verdicts": verdictsJSON, "conflicts": JSONValue(conflicts),
            "clashes": JSONValue(clashes), "rejected": rejectedJSON,
            "rekeyed": report.formerDevice.map {
                [
                    "formerDevice": .string($0.text),
                    "renamedRecords": JSONValue(report.renamedRecords),
                ]
            } ?? .null,
            "returned": [
                "batches": JSONValue(report.returnedBatches),
                "changes": JSONValue(report.returnedChanges),
            ],
            "hubIsRecovering": .bool(report.hubIsRecovering),
            "carried": [
                "delivered": JSONValue(report.freight.delivered),
                "refused": JSONValue(report.freight.refused.count),
            ],
            "roundTrips": JSONValue(report.roundTrips), "bytesSent": JSONValue(report.bytesSent),
            "bytesReceived": JSONValue(report.bytesReceived),
        ]
    }

    /// What came from the hub and concerns this member, by whatever road.
    var news: JSONValue {
        [
            "verdicts": verdictsJSON, "conflicts": JSONValue(conflicts),
            "clashes": JSONValue(clashes), "rejected": rejectedJSON,
        ]
    }

    private var verdictsJSON: JSONValue {
        .array(
            verdicts.map {
                [
                    "booking": .string($0.booking.text), "state": JSONValue($0.state?.name),
                    "reason": JSONValue($0.reason?.code),
                ]
            })
    }

    private var rejectedJSON: JSONValue {
        .array(
            rejected.map {
                ["record": .string($0.record.text), "reason": .string($0.reason.code)]
            })
    }

    /// Whether anything came or went.
    var hasNews: Bool {
        !isQuiet || !verdicts.isEmpty || !rejected.isEmpty || report.formerDevice != nil
            || !report.departedScopes.isEmpty || report.returnedBatches > 0
            || report.withdrawn > 0
    }

    private var isQuiet: Bool {
        report.pushedBatches == 0 && report.pulledChanges == 0 && report.snapshotRecords == 0
    }

    var text: TerminalText {
        var text: TerminalText =
            isQuiet
            ? "Nothing new.\n"
            : """
            Sent \(Self.counted(report.pushedChanges, "change")), \
            received \(Self.counted(report.pulledChanges, "change")).\n
            """
        if report.snapshotRecords > 0 {
            text.append(
                "\(Self.counted(report.snapshotRecords, "record")) came without older changes.\n")
        }
        text.append(verdictLines)
        if report.withdrawn > 0 {
            text.append(
                """
                \(Self.counted(report.withdrawn, "change")) of others that had come by bundle do not \
                count at the hub and are gone here: it refused them, or their laptop was revoked.\n
                """)
        }
        text.append(Self.newsLine(report.news))
        return text
    }

    /// How much of what came its member should know.
    static func newsLine(_ count: Int) -> TerminalText {
        count == 0
            ? TerminalText()
            : "\(counted(count, "new thing")) for you; see waymark notification list\n"
    }

    /// A line for each verdict.
    var verdictLines: TerminalText {
        var text = TerminalText()
        for verdict in verdicts {
            text.append(Self.sentence(verdict))
            text.append("\n")
        }
        return text
    }

    private static func sentence(_ verdict: Verdict) -> TerminalText {
        let state = verdict.state?.name ?? "ruled on"
        let reason = verdict.reason?.clause
        let booking: TerminalText = "\(verdict.booking.shortText, .emphasis)"
        if let act = verdict.ineffectiveAct {
            let why = reason.map { ", because \($0)" } ?? ""
            return
                "Your \(act.name) of booking \(booking) had no effect\(why); it is still \(state)."
        }
        if let news = verdict.moveNews {
            switch (news.kind, news.isOwn) {
            case _ where news.isDone: return "Booking \(booking) has moved to its new time."
            case (.move, true): return "Your move of booking \(booking) waits for the other side."
            case (.move, false):
                return "Another time is proposed for booking \(booking); see waymark booking show."
            default: return "Booking \(booking) stays at its time; the move is off."
            }
        }
        return "Booking \(booking) is \(state)\(reason.map { ", because \($0)" } ?? "")."
    }

    /// What needs somebody's eye goes to standard error.
    func warn(_ output: Output) {
        if report.formerDevice != nil {
            output.warn(
                """
                This laptop was restored from a backup, or there is a copy of it, so it goes on as \
                a new device. Nothing is lost; what two copies of it had both not sent may be there \
                twice.
                """)
            if report.renamedRecords > 0 {
                output.warn(
                    """
                    \(Self.counted(report.renamedRecords, "record")) that had not been sent \
                    \(report.renamedRecords == 1 ? "has a new id" : "have new ids").
                    """)
            }
        }
        if !rejected.isEmpty {
            output.warn(
                """
                The hub refused \(Self.counted(rejected.count, "thing")) written here; see what and \
                why with waymark rejected list.
                """)
        }
        if conflicts > 0 {
            output.warn(
                """
                \(Self.counted(conflicts, "conflict")) \(conflicts == 1 ? "waits" : "wait") \
                for you; see waymark conflict list.
                """)
        }
        if clashes > 0 {
            output.warn(
                """
                \(Self.counted(clashes, "meeting")) to come cannot take place as \
                \(clashes == 1 ? "it stands" : "they stand"): \(MeetingOverlap.words).
                """)
        }
        if report.returnedBatches > 0 {
            output.warn(
                """
                The hub was set back to an earlier state; this laptop gave it back \
                \(Self.counted(report.returnedChanges, "change")).
                """)
        }
        if report.freight.delivered > 0 {
            output.writeError(
                """
                Handed the hub \(Self.counted(report.freight.delivered, "parcel")) of others; its \
                answers go along with waymark bundle write --for WHO.
                """)
        }
        if !report.freight.refused.isEmpty {
            output.warn(
                """
                The hub did not take \(Self.counted(report.freight.refused.count, "parcel")) of \
                others; their authors have everything still.
                """)
        }
        if report.hubIsRecovering { output.warn(HubRecoveryNotice.sentence) }
        for code in Set(report.refusedBatches).sorted() {
            output.warn("The hub refused changes whole: \(code).")
        }
        if report.waitingBatches > 0 {
            output.warn(
                "The hub is of an older version and keeps some changes until it is updated.")
        }
    }

    static func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
    }
}

/// The one sentence about a hub that was restored.
enum HubRecoveryNotice {
    static let sentence: TerminalText =
        """
        The hub was restored from a copy and rules on no booking until an admin ends its recovery; \
        everything else goes on.
        """
}

/// The one sentence about a laptop that learnt by a bundle that it is a copy.
enum ForkNotice {
    static let sentence: TerminalText =
        """
        There is work of this device that this laptop does not have: it was restored from a backup \
        or is a copy. Run waymark sync as soon as you can; nothing is lost.
        """
}
