// The layer that SQLite talks to. It passes everything on to SQLite's own layer for this operating
// system; for a machine's files it first asks what becomes of an operation.

#include "Machine.h"

#include <pthread.h>
#include <string.h>

struct layered_file {
    sqlite3_file base;
    /// -1 for a file of no machine.
    int machine;
    struct machine_file *file;
    /// SQLite's own file follows in memory.
};

static sqlite3_vfs *below;
static sqlite3_vfs layer;

static struct layered_file *layered(sqlite3_file *file) { return (struct layered_file *)file; }

static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)(layered(file) + 1); }

static bool is_dead(sqlite3_file *file) {
    return layered(file)->machine >= 0 && machine_is_dead(layered(file)->machine);
}

// MARK: Operations that can fail

static int close_file(sqlite3_file *file) {
    int code = real(file)->pMethods->xClose(real(file));
    file->pMethods = NULL;
    return code;
}

static int read_file(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset) {
    if (is_dead(file)) return SQLITE_IOERR_READ;
    return real(file)->pMethods->xRead(real(file), bytes, size, offset);
}

static int write_file(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset) {
    int machine = layered(file)->machine;
    if (machine < 0) return real(file)->pMethods->xWrite(real(file), bytes, size, offset);
    int code = SQLITE_OK;
    switch (machine_begin_operation(machine, false, SQLITE_IOERR_WRITE, &code)) {
    case FAIL: return code;
    case HALF_THEN_DIE: {
        int half = (int)machine_draw(machine, (uint64_t)size + 1);
        if (half > 0) {
            machine_note_write(machine, layered(file)->file, real(file), bytes, half, offset);
            real(file)->pMethods->xWrite(real(file), bytes, half, offset);
        }
        return code;
    }
    default: break;
    }
    machine_note_write(machine, layered(file)->file, real(file), bytes, size, offset);
    return real(file)->pMethods->xWrite(real(file), bytes, size, offset);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size) {
    int machine = layered(file)->machine;
    if (machine < 0) return real(file)->pMethods->xTruncate(real(file), size);
    int code = SQLITE_OK;
    enum verdict verdict =
        machine_begin_operation(machine, false, SQLITE_IOERR_TRUNCATE, &code);
    if (verdict == FAIL || verdict == HALF_THEN_DIE) return code;
    machine_note_truncation(machine, layered(file)->file, real(file), size);
    return real(file)->pMethods->xTruncate(real(file), size);
}

static int sync_file(sqlite3_file *file, int flags) {
    int machine = layered(file)->machine;
    if (machine < 0) return real(file)->pMethods->xSync(real(file), flags);
    int code = SQLITE_OK;
    enum verdict verdict = machine_begin_operation(machine, true, SQLITE_IOERR_FSYNC, &code);
    if (verdict == FAIL || verdict == HALF_THEN_DIE) return code;
    // The disk is not asked: what counts is what a power cut is allowed to take.
    machine_settle(machine, layered(file)->file);
    return SQLITE_OK;
}

static int delete_path(sqlite3_vfs *vfs, const char *path, int is_directory_synced) {
    (void)vfs;
    int machine = machine_of_path(path);
    if (machine >= 0) {
        int code = SQLITE_OK;
        enum verdict verdict =
            machine_begin_operation(machine, false, SQLITE_IOERR_DELETE, &code);
        if (verdict == FAIL || verdict == HALF_THEN_DIE) return code;
        machine_settle(machine, machine_file_of(machine, path));
        is_directory_synced = 0;
    }
    return below->xDelete(below, path, is_directory_synced);
}

static int lock_file(sqlite3_file *file, int level) {
    if (is_dead(file)) return SQLITE_IOERR_LOCK;
    return real(file)->pMethods->xLock(real(file), level);
}

static int map_shared(sqlite3_file *file, int page, int size, int extends, void volatile **at) {
    if (is_dead(file)) return SQLITE_IOERR_SHMMAP;
    return real(file)->pMethods->xShmMap(real(file), page, size, extends, at);
}

static int lock_shared(sqlite3_file *file, int offset, int count, int flags) {
    // Letting go always works: the kernel does it for a process that is gone.
    if (is_dead(file) && (flags & SQLITE_SHM_LOCK)) return SQLITE_IOERR_SHMLOCK;
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

// MARK: Operations that only pass through

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}

static int unlock_file(sqlite3_file *file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}

static int is_reserved(sqlite3_file *file, int *result) {
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}

static int control_file(sqlite3_file *file, int operation, void *argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int sector_size(sqlite3_file *file) {
    return real(file)->pMethods->xSectorSize(real(file));
}

static int characteristics(sqlite3_file *file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static void barrier_shared(sqlite3_file *file) {
    real(file)->pMethods->xShmBarrier(real(file));
}

static int unmap_shared(sqlite3_file *file, int deletes) {
    return real(file)->pMethods->xShmUnmap(real(file), deletes);
}

// Version 2: without memory maps of the database, which would bypass the layer.
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = is_reserved,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map_shared,
    .xShmLock = lock_shared,
    .xShmBarrier = barrier_shared,
    .xShmUnmap = unmap_shared,
};

static int open_file(
    sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *file, int flags, int *out_flags) {
    (void)vfs;
    struct layered_file *opened = layered(file);
    opened->base.pMethods = NULL;
    opened->machine = machine_of_path(path);
    opened->file = NULL;
    if (opened->machine >= 0) {
        if (machine_is_dead(opened->machine)) return SQLITE_CANTOPEN;
        opened->file = machine_file_of(opened->machine, path);
    }
    int code = below->xOpen(below, path, real(file), flags, out_flags);
    if (real(file)->pMethods) opened->base.pMethods = &methods;
    return code;
}

static void install(void) {
    below = sqlite3_vfs_find(NULL);
    layer = *below;
    layer.szOsFile = (int)sizeof(struct layered_file) + below->szOsFile;
    layer.pNext = NULL;
    layer.zName = "simulated";
    layer.xOpen = open_file;
    layer.xDelete = delete_path;
    sqlite3_vfs_register(&layer, 1);
}

void simulated_disk_install(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
}
