import SimulatedWorld

/// The disk of one simulated machine; `SimulatedDisk.h` says what it can do.
final class Disk {
    /// What can happen to a machine at a write.
    enum Fault: Int32, CaseIterable {
        case killBefore = 0
        case killDuring
        case killAfter
        case full
        case ioError
        case syncError

        var kills: Bool { rawValue <= Fault.killAfter.rawValue }
    }

    private let machine: Int32
    /// The fault that was to come last.
    private(set) var armed = Fault.full
    /// How many faults had come when a flush was to fail; nil unless one was.
    private var faultCountBeforeSyncError: Int?

    init(folder: String, seed: UInt64) {
        simulated_disk_install()
        machine = simulated_disk_attach(folder, seed)
        precondition(machine >= 0, "There are not that many machines.")
    }

    deinit { simulated_disk_detach(machine) }

    var isDead: Bool { simulated_disk_is_dead(machine) }
    var faultCount: Int { Int(simulated_disk_fault_count(machine)) }
    var operationCount: Int { Int(simulated_disk_operation_count(machine)) }

    /// Lets a fault happen after so many operations, at `count` of them.
    func arm(_ fault: Fault, after operations: Int, count: Int) {
        armed = fault
        if fault == .syncError { faultCountBeforeSyncError = faultCount }
        simulated_disk_arm(machine, fault.rawValue, UInt64(operations), UInt64(count))
    }

    func disarm() { simulated_disk_disarm(machine) }

    /// Ends the process that uses the disk.
    func kill() { simulated_disk_kill(machine) }

    /// Takes the files as they are for durable, after others were put in their place.
    func settle() { simulated_disk_settle(machine) }

    /// Lets a new process begin on what is left.
    func restart(afterPowerCut isPowerCut: Bool) {
        simulated_disk_restart(machine, isPowerCut)
        // Where a flush fails, systems take what they could not write for written, and go on showing
        // it (fsyncgate). SQLite then finds a transaction in its log that it has reported as failed,
        // and no later flush makes that durable: nothing that stands on SQLite can. So the new
        // process finds a system that has written it meanwhile.
        if !isPowerCut, let before = faultCountBeforeSyncError, faultCount > before { settle() }
        faultCountBeforeSyncError = nil
    }
}
