#pragma once
#include "SimulatedDisk.h"

#include <sqlite3.h>

/// One write or truncation that no sync has made durable yet.
struct unsynced {
    struct unsynced *next;
    struct unsynced *previous;
    bool is_truncation;
    /// Where it began; for a truncation the new size.
    sqlite3_int64 offset;
    size_t size;
    /// The file's size before.
    sqlite3_int64 old_size;
    /// What stood there, then what was written: for a truncation what was cut off.
    size_t old_byte_count;
    uint8_t *old_bytes;
    uint8_t *new_bytes;
};

/// A file of a machine, open or not.
struct machine_file {
    struct machine_file *next;
    char *path;
    struct unsynced *first;
    struct unsynced *last;
};

struct machine {
    bool is_used;
    char *folder;
    size_t folder_length;
    uint64_t chance;
    bool is_dead;
    int fault;
    /// At which operation the armed fault happens, and until which; none if they are equal.
    uint64_t fault_from;
    uint64_t fault_until;
    uint64_t fault_count;
    uint64_t operation_count;
    struct machine_file *files;
};

/// What to do at an operation.
enum verdict { PROCEED, FAIL, HALF_THEN_DIE, PROCEED_THEN_DIE };

/// The machine whose folder holds a path, or -1.
int machine_of_path(const char *path);

/// The machine's file of that path; made if it is not known.
struct machine_file *machine_file_of(int machine, const char *path);

/// Counts an operation and says what becomes of it; on failure, `code` is SQLite's for it.
enum verdict machine_begin_operation(int machine, bool is_sync, int io_code, int *code);

/// Ends the machine's process.
void machine_die(int machine);

/// Whether the machine's process is gone.
bool machine_is_dead(int machine);

/// A number below a bound, from the machine's own chance.
uint64_t machine_draw(int machine, uint64_t bound);

/// Remembers a write before it happens.
void machine_note_write(
    int machine, struct machine_file *file, sqlite3_file *real, const void *bytes, int size,
    sqlite3_int64 offset);

/// Remembers a truncation before it happens.
void machine_note_truncation(
    int machine, struct machine_file *file, sqlite3_file *real, sqlite3_int64 size);

/// All that was written to the file is durable, or the file is gone.
void machine_settle(int machine, struct machine_file *file);
