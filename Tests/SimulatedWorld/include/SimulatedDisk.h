#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// SQLite's files in a simulation's hands: a layer over SQLite's own way to the operating system
/// that can fail, and that knows what a power cut would take away.
///
/// A *machine* is a folder. Each file in it is a real one; what was written to it and not synced is
/// remembered, so that a power cut can drop, keep or tear every such write by itself. Files outside
/// of all machines are not touched. All calls may come from any thread.

/// Registers the layer as SQLite's default. May be called often.
void simulated_disk_install(void);

/// Makes a machine of a folder. Returns its number, or -1 if there are too many.
int simulated_disk_attach(const char *folder, uint64_t seed);

/// Forgets a machine.
void simulated_disk_detach(int machine);

/// What can happen at a write, a truncation, a sync or a deletion.
enum simulated_disk_fault {
    /// The process is gone before it.
    SIMULATED_KILL_BEFORE = 0,
    /// The process is gone when it is half done.
    SIMULATED_KILL_DURING = 1,
    /// The process is gone after it, before anybody hears of it.
    SIMULATED_KILL_AFTER = 2,
    /// No space is left.
    SIMULATED_FULL = 3,
    /// The device reports a failure.
    SIMULATED_IO_ERROR = 4,
    /// The next sync reports a failure; nothing of it is durable.
    SIMULATED_SYNC_ERROR = 5,
};

/// Lets a fault happen at the operation after so many others, and at `count` operations from there
/// on. It replaces a fault that was to come.
void simulated_disk_arm(int machine, int fault, uint64_t operations, uint64_t count);

/// Calls off what was to come.
void simulated_disk_disarm(int machine);

/// Ends the machine's process now: every operation fails until ``simulated_disk_restart``.
void simulated_disk_kill(int machine);

/// Whether the machine's process is gone.
bool simulated_disk_is_dead(int machine);

/// How often an armed fault happened.
uint64_t simulated_disk_fault_count(int machine);

/// How many operations there were.
uint64_t simulated_disk_operation_count(int machine);

/// Leaves the files as the end of the process left them and lets a new process begin; with
/// `is_power_cut` each write that was not synced is kept, dropped or torn. All of the machine's
/// files must be closed.
void simulated_disk_restart(int machine, bool is_power_cut);

/// Takes what stands in the machine's files for durable: somebody has put others in their place.
/// All of them must be closed.
void simulated_disk_settle(int machine);

/// Searches bytes for any of `count` needles of sixteen bytes each, which stand one after the other
/// in ascending order. Returns the number of the first needle found, or -1.
long simulated_disk_search(
    const uint8_t *bytes, size_t size, const uint8_t *needles, size_t count);
