/// Every numeric bound of the system, each with its reason. `protocol/limits.md` repeats them.
package enum Limits {
    /// One value. A long journal entry is 20 kB; ten times that leaves room for pasted documents.
    package static let valueBytesMax = 256 * 1024
    /// Lists inside lists; the schema needs two levels.
    package static let valueDepthMax = 4
    /// A batch is sealed when its changes reach this size, so that one lost upload costs little.
    package static let batchSealBytes = 64 * 1024
    /// One batch on the wire. Larger than the seal size, because a change set always fits one
    /// batch and may hold several large values.
    package static let batchBytesMax = 4 * 1024 * 1024
    /// One section after inflating, and all sections of a batch together: bytes from which something
    /// was erased are not compressed, and a batch still has to fit into an answer.
    package static let sectionInflatedBytesMax = 8 * 1024 * 1024
    /// Changes of one change set; an import is one set per entry, so this bounds a mistake.
    package static let changeSetChangesMax = 10_000
    /// Changes of one section, and of all sections of a batch together; bounds the work behind one
    /// signature. A batch is sealed at 64 KiB, of which no change takes less than 19 bytes; its
    /// last change set comes on top.
    package static let sectionChangesMax = 20_000
    /// Requests, acts, loans, feedback and erasures of one batch of a member: what the hub has to say
    /// something to. A batch of 64 KiB has not half as many.
    package static let batchRulingsMax = 2000
    /// Sections of one batch.
    package static let batchSectionsMax = 4096
    /// Other devices a section may name as seen beyond its position. Each cell that it writes keeps
    /// them, so this bounds what a small section can cost everybody who reads it.
    package static let beyondMax = 64
    /// Bytes of one request to the hub; larger pushes take several trips.
    package static let requestBytesMax = 16 * 1024 * 1024
    /// Bytes of one bundle file; what does not fit goes into the next one.
    package static let bundleBytesMax = 256 * 1024 * 1024
    /// Parcels of one bundle: a laptop's own, and those that it carries for others.
    package static let parcelsMax = 1024
    /// Messages of one parcel, a batch each for the most part.
    package static let parcelPartsMax = 65_536
    /// Devices that one parcel is sealed to: all those of one member.
    package static let parcelRecipientsMax = 64
    /// Bytes of other people's parcels that a laptop carries.
    package static let freightBytesMax = 256 * 1024 * 1024
    /// What a client puts into one request before it goes on in the next.
    package static let pushBytesTarget = 2 * 1024 * 1024
    /// Changes that a client puts into one request.
    package static let pushChangesTarget = 20_000
    /// Scopes that a device may say it is catching up with.
    package static let catchingUpMax = 100_000
    /// What the hub puts into one answer before it cuts the page.
    package static let pageBytesTarget = 2 * 1024 * 1024
    /// What a scope's entries take in answers before it is worth a snapshot: half a page.
    package static let snapshotLogBytesMin = 1024 * 1024
    /// One piece of a snapshot after inflating. Small enough that an interruption costs little.
    package static let snapshotPieceBytesMax = 256 * 1024
    /// Pieces of one snapshot: 4 GiB, and half a megabyte of hashes.
    package static let snapshotPiecesMax = 16_384
    /// What a device fetches in one sync of what lies behind snapshots, when it is level already.
    package static let historyBytesTarget = 8 * 1024 * 1024
    /// Text of an invitation token; a token is about 1,000 characters.
    package static let tokenCharactersMax = 8192
    /// Names, titles, topics, reasons: what fits a line or two.
    package static let shortTextBytesMax = 1024
    /// Instants that people write (due, start, expiry): the years 1 to 9999. What every calendar
    /// and RFC 3339 can say, and far from where adding a length would overflow.
    package static let instantMillisecondsMin: Int64 = -62_135_596_800_000
    package static let instantMillisecondsMax: Int64 = 253_402_300_799_999
    /// Elements that a set ever had, those that were removed included: each is a cell of the record
    /// that every change of it reads.
    package static let setElementsMax = 500
    /// Characters ever inserted into one text or deleted from it. A book typed by hand has a
    /// million; the bound keeps what a few bytes can claim within what a laptop can hold.
    package static let textEventsMax = 1 << 24
    /// Characters ever inserted into a text of a record or deleted from it, as far as the hub takes
    /// part: a text of the largest size, written anew several times. Bounds what every reader keeps
    /// of a text and what merging one edit can cost.
    package static let fieldTextEventsMax = 1 << 21
    /// Events that the hub walks over to merge the edits of one batch; some seconds of work. Whoever
    /// edits what others have not edited meanwhile costs none.
    package static let batchReplayEventsMax = 1 << 22
    /// Events since a text first branched, up to which it is searched for words that several have
    /// rewritten at the same time.
    package static let textOverlapEventsMax = 1 << 17
    /// Items of one list: alternates, scores.
    package static let listItemsMax = 1000
    /// Seats of one slot.
    package static let slotCapacityMax = 1000
    /// Minutes of one slot: a day.
    package static let slotMinutesMax = 24 * 60
    /// Minutes before its start until which a slot can be asked for: a year.
    package static let slotNoticeMinutesMax = 366 * 24 * 60
    /// Reminders of one meeting.
    package static let remindersMax = 10
    /// Minutes before a meeting of its earliest reminder: thirty days.
    package static let reminderMinutesMax = 30 * 24 * 60
    /// Keys that a laptop may have had, as far as what was lent to it is concerned.
    package static let keysOfLaptopMax = 16
    /// Notifications that a laptop keeps; the oldest go first.
    package static let notificationsKept = 1000
    /// Slots and lengths lie on this grid, so that a person's time is a set of quanta.
    package static let slotGridMinutes = 5
    /// Alternates of one booking request.
    package static let alternatesMax = 10
    /// Free slots that a refusal names.
    package static let alternativesOfferedMax = 3
    /// How long an invitation may be valid.
    package static let invitationHoursMax = 24 * 90
    /// A clock that differs from the hub's by more than this gets one plain sentence.
    package static let clockOffsetNoticeMilliseconds: Int64 = 120_000
    /// Characters of an id prefix that people may type.
    package static let prefixCharactersMin = 4
}
