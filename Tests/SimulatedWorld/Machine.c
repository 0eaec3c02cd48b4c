#include "Machine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

enum { MACHINES_MAX = 256, SECTOR_BYTES = 512 };

static struct machine machines[MACHINES_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct machine *locked(int machine) {
    pthread_mutex_lock(&lock);
    return &machines[machine];
}

static void unlock(void) { pthread_mutex_unlock(&lock); }

static uint64_t draw(struct machine *machine, uint64_t bound) {
    machine->chance += 0x9E3779B97F4A7C15u;
    uint64_t mixed = machine->chance;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return (mixed ^ (mixed >> 31)) % bound;
}

uint64_t machine_draw(int machine, uint64_t bound) {
    uint64_t number = draw(locked(machine), bound);
    unlock();
    return number;
}

static void forget(struct machine_file *file) {
    struct unsynced *write = file->first;
    while (write) {
        struct unsynced *next = write->next;
        free(write->old_bytes);
        free(write->new_bytes);
        free(write);
        write = next;
    }
    file->first = file->last = NULL;
}

// MARK: Machines

int simulated_disk_attach(const char *folder, uint64_t seed) {
    pthread_mutex_lock(&lock);
    int found = -1;
    for (int index = 0; index < MACHINES_MAX && found < 0; index++) {
        if (!machines[index].is_used) found = index;
    }
    if (found >= 0) {
        machines[found] = (struct machine){
            .is_used = true, .folder = strdup(folder), .folder_length = strlen(folder),
            .chance = seed};
    }
    unlock();
    return found;
}

void simulated_disk_detach(int machine) {
    struct machine *found = locked(machine);
    struct machine_file *file = found->files;
    while (file) {
        struct machine_file *next = file->next;
        forget(file);
        free(file->path);
        free(file);
        file = next;
    }
    free(found->folder);
    *found = (struct machine){.is_used = false};
    unlock();
}

int machine_of_path(const char *path) {
    int found = -1;
    if (!path) return found;
    pthread_mutex_lock(&lock);
    for (int index = 0; index < MACHINES_MAX && found < 0; index++) {
        struct machine *machine = &machines[index];
        if (machine->is_used && strncmp(path, machine->folder, machine->folder_length) == 0
            && path[machine->folder_length] == '/') {
            found = index;
        }
    }
    unlock();
    return found;
}

struct machine_file *machine_file_of(int machine, const char *path) {
    struct machine *owner = locked(machine);
    struct machine_file *file = owner->files;
    while (file && strcmp(file->path, path) != 0) file = file->next;
    if (!file) {
        file = calloc(1, sizeof *file);
        file->path = strdup(path);
        file->next = owner->files;
        owner->files = file;
    }
    unlock();
    return file;
}

// MARK: Faults

void simulated_disk_arm(int machine, int fault, uint64_t operations, uint64_t count) {
    struct machine *armed = locked(machine);
    armed->fault = fault;
    armed->fault_from = armed->operation_count + operations;
    armed->fault_until = armed->fault_from + count;
    unlock();
}

void simulated_disk_disarm(int machine) {
    struct machine *armed = locked(machine);
    armed->fault_from = armed->fault_until = 0;
    unlock();
}

void machine_die(int machine) {
    locked(machine)->is_dead = true;
    unlock();
}

void simulated_disk_kill(int machine) { machine_die(machine); }

bool machine_is_dead(int machine) {
    bool is_dead = locked(machine)->is_dead;
    unlock();
    return is_dead;
}

bool simulated_disk_is_dead(int machine) { return machine_is_dead(machine); }

uint64_t simulated_disk_fault_count(int machine) {
    uint64_t count = locked(machine)->fault_count;
    unlock();
    return count;
}

uint64_t simulated_disk_operation_count(int machine) {
    uint64_t count = locked(machine)->operation_count;
    unlock();
    return count;
}

enum verdict machine_begin_operation(int machine, bool is_sync, int io_code, int *code) {
    struct machine *at = locked(machine);
    enum verdict verdict = PROCEED;
    if (at->is_dead) {
        *code = io_code;
        verdict = FAIL;
    } else {
        uint64_t number = at->operation_count++;
        bool is_due = number >= at->fault_from && number < at->fault_until;
        if (is_due && at->fault == SIMULATED_SYNC_ERROR && !is_sync) {
            // It waits for the next sync.
            at->fault_from++;
            at->fault_until++;
            is_due = false;
        }
        if (is_due) {
            at->fault_count++;
            *code = at->fault == SIMULATED_FULL ? SQLITE_FULL : io_code;
            switch (at->fault) {
            case SIMULATED_KILL_BEFORE: verdict = FAIL; break;
            case SIMULATED_KILL_DURING: verdict = HALF_THEN_DIE; break;
            case SIMULATED_KILL_AFTER: verdict = PROCEED_THEN_DIE; break;
            default: verdict = FAIL;
            }
            if (at->fault <= SIMULATED_KILL_AFTER) at->is_dead = true;
        }
    }
    unlock();
    return verdict;
}

// MARK: What a power cut takes away

static void append(int machine, struct machine_file *file, struct unsynced *write) {
    pthread_mutex_lock(&lock);
    write->previous = file->last;
    if (file->last) file->last->next = write; else file->first = write;
    file->last = write;
    unlock();
    (void)machine;
}

/// Reads what stands at a place; returns how much there is.
static size_t read_old(
    sqlite3_file *real, uint8_t *bytes, size_t size, sqlite3_int64 offset, sqlite3_int64 end) {
    if (offset >= end) return 0;
    size_t there = (size_t)(end - offset) < size ? (size_t)(end - offset) : size;
    if (real->pMethods->xRead(real, bytes, (int)there, offset) != SQLITE_OK) return 0;
    return there;
}

void machine_note_write(
    int machine, struct machine_file *file, sqlite3_file *real, const void *bytes, int size,
    sqlite3_int64 offset) {
    struct unsynced *write = calloc(1, sizeof *write);
    write->offset = offset;
    write->size = (size_t)size;
    real->pMethods->xFileSize(real, &write->old_size);
    write->old_bytes = malloc((size_t)size);
    write->old_byte_count =
        read_old(real, write->old_bytes, (size_t)size, offset, write->old_size);
    write->new_bytes = malloc((size_t)size);
    memcpy(write->new_bytes, bytes, (size_t)size);
    append(machine, file, write);
}

void machine_note_truncation(
    int machine, struct machine_file *file, sqlite3_file *real, sqlite3_int64 size) {
    struct unsynced *write = calloc(1, sizeof *write);
    write->is_truncation = true;
    write->offset = size;
    real->pMethods->xFileSize(real, &write->old_size);
    if (write->old_size > size) {
        size_t cut = (size_t)(write->old_size - size);
        write->old_bytes = malloc(cut);
        write->old_byte_count = read_old(real, write->old_bytes, cut, size, write->old_size);
    }
    append(machine, file, write);
}

void machine_settle(int machine, struct machine_file *file) {
    pthread_mutex_lock(&lock);
    forget(file);
    unlock();
    (void)machine;
}

static void put(int descriptor, const uint8_t *bytes, size_t size, off_t offset) {
    while (size > 0) {
        ssize_t done = pwrite(descriptor, bytes, size, offset);
        if (done <= 0) return;
        bytes += done;
        size -= (size_t)done;
        offset += done;
    }
}

/// Takes everything back to what the last sync made durable.
static void undo_unsynced(int descriptor, struct machine_file *file) {
    for (struct unsynced *write = file->last; write; write = write->previous) {
        if (write->old_byte_count > 0) {
            put(descriptor, write->old_bytes, write->old_byte_count, write->offset);
        }
        if (ftruncate(descriptor, write->old_size) != 0) return;
    }
}

/// Does again what chance keeps: whole writes, or single sectors of them.
static void redo_some(int descriptor, struct machine *machine, struct machine_file *file) {
    for (struct unsynced *write = file->first; write; write = write->next) {
        uint64_t fate = draw(machine, 4);
        if (write->is_truncation) {
            if (fate >= 2 && ftruncate(descriptor, write->offset) != 0) return;
            continue;
        }
        if (fate == 0) continue;
        size_t done = 0;
        while (done < write->size) {
            size_t place = (size_t)write->offset + done;
            size_t part = SECTOR_BYTES - place % SECTOR_BYTES;
            if (part > write->size - done) part = write->size - done;
            if (fate >= 2 || draw(machine, 2) == 0) {
                put(descriptor, write->new_bytes + done, part, (off_t)place);
            }
            done += part;
        }
    }
}

void simulated_disk_restart(int machine, bool is_power_cut) {
    struct machine *restarted = locked(machine);
    for (struct machine_file *file = restarted->files; file; file = file->next) {
        if (is_power_cut && file->first) {
            int descriptor = open(file->path, O_RDWR);
            if (descriptor >= 0) {
                undo_unsynced(descriptor, file);
                redo_some(descriptor, restarted, file);
                close(descriptor);
            }
            forget(file);
        }
    }
    restarted->is_dead = false;
    restarted->fault_from = restarted->fault_until = 0;
    unlock();
}

void simulated_disk_settle(int machine) {
    struct machine *settled = locked(machine);
    for (struct machine_file *file = settled->files; file; file = file->next) forget(file);
    unlock();
}

// MARK: Searching

static int compare(const uint8_t *left, const uint8_t *right) { return memcmp(left, right, 16); }

long simulated_disk_search(
    const uint8_t *bytes, size_t size, const uint8_t *needles, size_t count) {
    if (size < 16 || count == 0) return -1;
    uint8_t begins[8192] = {0};
    for (size_t index = 0; index < count; index++) {
        unsigned key = (unsigned)needles[index * 16] << 8 | needles[index * 16 + 1];
        begins[key >> 3] |= (uint8_t)(1u << (key & 7));
    }
    for (size_t place = 0; place + 16 <= size; place++) {
        unsigned key = (unsigned)bytes[place] << 8 | bytes[place + 1];
        if (!(begins[key >> 3] & (1u << (key & 7)))) continue;
        size_t low = 0, high = count;
        while (low < high) {
            size_t middle = (low + high) / 2;
            int order = compare(needles + middle * 16, bytes + place);
            if (order == 0) return (long)middle;
            if (order < 0) low = middle + 1; else high = middle;
        }
    }
    return -1;
}
