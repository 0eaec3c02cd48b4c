/// What reading a bundle did.
package struct BundleReport: Sendable {
    /// Batches of other members that are new here, and their changes.
    package var batches = 0
    package var changes = 0
    /// How many notifications are new by other members' work.
    package var news = 0
    /// Parcels for others that are new here and are carried on.
    package var carried = 0
    /// Messages of the file that were of use, or could be carried on, whether they were new or not.
    package var usable = 0
    /// Whether the file was cut or damaged; what precedes that place was used.
    package var isCut = false
    /// What the hub's answers brought, as with a sync.
    package var sync = SyncReport()
    /// Batches of this device that the hub has, as its answers or other members' copies say.
    package var acknowledged = 0
    /// Batches that were left out: their authors are unknown here or may not write, or they
    /// contradict what is here.
    package var leftOut = 0
    /// Why the hub takes nothing from this device; nil if it does.
    package var refusal: String?
    /// Whether only a sync over the network can go on from here.
    package var needsSync = false
    /// Whether there is work under this device's number that this laptop did not do: it was
    /// restored from a backup or is a copy.
    package var isForked = false

    package init() {}
}
