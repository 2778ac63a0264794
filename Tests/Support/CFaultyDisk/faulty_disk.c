#define _GNU_SOURCE
#include "faulty_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { most_rules = 4 };

struct faulty_disk {
    sqlite3_vfs vfs;
    sqlite3_vfs *system;
    pthread_mutex_t lock;
    faulty_rule rules[most_rules];
    int64_t met[most_rules], done[most_rules];
    int rule_count;
    int64_t calls, broken;
    int recording;
    faulty_call *log;
    int64_t logged, room;
};

// SQLite allocates as much as `szOsFile` says: this, and behind it the file of the system's VFS.
typedef struct {
    sqlite3_file base;
    faulty_disk *disk;
    char *name;
    // A journal or log that may be new: with its first sync its name is on disk as well, as in SQLite's own
    // VFS.
    int syncs_directory;
    sqlite3_file *real;
} faulty_file;

typedef struct {
    int error;
    int64_t torn_bytes;
    int64_t delay;
} verdict;

static void *must(void *memory) {
    if (!memory) abort();
    return memory;
}

// MARK: deciding and writing down; both under the lock

static verdict judge(faulty_disk *disk, faulty_kind kind) {
    disk->calls++;
    for (int i = 0; i < disk->rule_count; i++) {
        const faulty_rule *rule = &disk->rules[i];
        if (!(rule->kinds & 1u << kind)) continue;
        if (rule->follows && (i == 0 || disk->done[i - 1] == 0)) continue;
        if (disk->met[i]++ < rule->good || disk->done[i] >= rule->broken) continue;
        disk->done[i]++;
        disk->broken++;
        return (verdict){rule->error, rule->torn_bytes, rule->delay};
    }
    return (verdict){0, 0, 0};
}

static void note(faulty_disk *disk, faulty_call call, const void *bytes) {
    if (!disk->recording) return;
    if (disk->logged == disk->room) {
        disk->room = disk->room ? 2 * disk->room : 1024;
        disk->log = must(realloc(disk->log, (size_t)disk->room * sizeof *disk->log));
    }
    if (call.name) call.name = must(strdup(call.name));
    if (call.new_name) call.new_name = must(strdup(call.new_name));
    if (call.count > 0) {
        uint8_t *copy = must(malloc((size_t)call.count));
        memcpy(copy, bytes, (size_t)call.count);
        call.bytes = copy;
    }
    disk->log[disk->logged++] = call;
}

static void wait_for(faulty_disk *disk, int64_t microseconds) {
    if (microseconds <= 0) return;
    pthread_mutex_unlock(&disk->lock);
    usleep((useconds_t)microseconds);
    pthread_mutex_lock(&disk->lock);
}

// The last thing before SQLite is answered: it asks for errno afterwards.
static int fail(faulty_disk *disk, int code, int error) {
    pthread_mutex_unlock(&disk->lock);
    errno = error;
    return code;
}

// The directory that a name is in; `room` is of PATH_MAX bytes.
static const char *folder(const char *name, char *room) {
    snprintf(room, PATH_MAX, "%s", name);
    char *slash = strrchr(room, '/');
    if (slash) *slash = 0;
    return room;
}

// MARK: files

static int file_close(sqlite3_file *base) {
    faulty_file *file = (faulty_file *)base;
    int code = file->real->pMethods ? file->real->pMethods->xClose(file->real) : SQLITE_OK;
    free(file->name);
    file->name = NULL;
    return code;
}

static int file_read(sqlite3_file *base, void *bytes, int count, sqlite3_int64 offset) {
    sqlite3_file *real = ((faulty_file *)base)->real;
    return real->pMethods->xRead(real, bytes, count, offset);
}

static int file_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    faulty_file *file = (faulty_file *)base;
    faulty_disk *disk = file->disk;
    if (!file->name) return file->real->pMethods->xWrite(file->real, bytes, count, offset);
    pthread_mutex_lock(&disk->lock);
    verdict verdict = judge(disk, faulty_write);
    wait_for(disk, verdict.delay);
    int part = count;
    if (verdict.error) part = verdict.torn_bytes < count ? (int)verdict.torn_bytes : count;
    int code = SQLITE_OK;
    if (part > 0) code = file->real->pMethods->xWrite(file->real, bytes, part, offset);
    if (code == SQLITE_OK) {
        faulty_call call = {
            .kind = faulty_write, .failed = verdict.error != 0, .name = file->name, .offset = offset,
            .count = part};
        note(disk, call, bytes);
    }
    if (verdict.error)
        return fail(disk, verdict.error == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE, verdict.error);
    pthread_mutex_unlock(&disk->lock);
    return code;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    faulty_file *file = (faulty_file *)base;
    faulty_disk *disk = file->disk;
    if (!file->name) return file->real->pMethods->xTruncate(file->real, size);
    pthread_mutex_lock(&disk->lock);
    verdict verdict = judge(disk, faulty_truncate);
    wait_for(disk, verdict.delay);
    if (verdict.error) return fail(disk, SQLITE_IOERR_TRUNCATE, verdict.error);
    int code = file->real->pMethods->xTruncate(file->real, size);
    if (code == SQLITE_OK)
        note(disk, (faulty_call){.kind = faulty_truncate, .name = file->name, .offset = size}, NULL);
    pthread_mutex_unlock(&disk->lock);
    return code;
}

static int file_sync(sqlite3_file *base, int flags) {
    faulty_file *file = (faulty_file *)base;
    faulty_disk *disk = file->disk;
    if (!file->name) return file->real->pMethods->xSync(file->real, flags);
    pthread_mutex_lock(&disk->lock);
    verdict verdict = judge(disk, faulty_sync);
    wait_for(disk, verdict.delay);
    note(
        disk, (faulty_call){.kind = faulty_sync, .failed = verdict.error != 0, .name = file->name}, NULL);
    if (verdict.error) return fail(disk, SQLITE_IOERR_FSYNC, verdict.error);
    if (file->syncs_directory) {
        file->syncs_directory = 0;
        char room[PATH_MAX];
        faulty_call call = {.kind = faulty_sync_directory, .name = folder(file->name, room)};
        note(disk, call, NULL);
    }
    pthread_mutex_unlock(&disk->lock);
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
    sqlite3_file *real = ((faulty_file *)base)->real;
    return real->pMethods->xFileSize(real, size);
}

static int file_lock(sqlite3_file *base, int level) {
    sqlite3_file *real = ((faulty_file *)base)->real;
    return real->pMethods->xLock(real, level);
}

static int file_unlock(sqlite3_file *base, int level) {
    sqlite3_file *real = ((faulty_file *)base)->real;
    return real->pMethods->xUnlock(real, level);
}

static int file_check_lock(sqlite3_file *base, int *result) {
    sqlite3_file *real = ((faulty_file *)base)->real;
    return real->pMethods->xCheckReservedLock(real, result);
}

static int file_control(sqlite3_file *base, int operation, void *argument) {
    sqlite3_file *real = ((faulty_file *)base)->real;
    // The system would make room with a write that nobody counts.
    if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_NOTFOUND;
    return real->pMethods->xFileControl(real, operation, argument);
}

static int file_sector_size(sqlite3_file *base) {
    sqlite3_file *real = ((faulty_file *)base)->real;
    return real->pMethods->xSectorSize(real);
}

static int file_characteristics(sqlite3_file *base) {
    sqlite3_file *real = ((faulty_file *)base)->real;
    return real->pMethods->xDeviceCharacteristics(real);
}

static int file_map(sqlite3_file *base, int page, int size, int extend, void volatile **address) {
    sqlite3_file *real = ((faulty_file *)base)->real;
    return real->pMethods->xShmMap(real, page, size, extend, address);
}

static int file_map_lock(sqlite3_file *base, int offset, int count, int flags) {
    sqlite3_file *real = ((faulty_file *)base)->real;
    return real->pMethods->xShmLock(real, offset, count, flags);
}

static void file_map_barrier(sqlite3_file *base) {
    sqlite3_file *real = ((faulty_file *)base)->real;
    real->pMethods->xShmBarrier(real);
}

static int file_unmap(sqlite3_file *base, int removing) {
    sqlite3_file *real = ((faulty_file *)base)->real;
    return real->pMethods->xShmUnmap(real, removing);
}

// Version 2: without the mapping of pages into memory, which would go past the writes.
static const sqlite3_io_methods methods = {
    2, file_close, file_read, file_write, file_truncate, file_sync, file_size, file_lock, file_unlock,
    file_check_lock, file_control, file_sector_size, file_characteristics, file_map, file_map_lock,
    file_map_barrier, file_unmap, NULL, NULL};

// MARK: names

// A file that is met for the first time is written down with what is in it.
static void note_contents(faulty_disk *disk, const char *name) {
    if (!disk->recording) return;
    int is_known = 0;
    for (int64_t i = 0; i < disk->logged; i++) {
        const faulty_call *call = &disk->log[i];
        if (call->kind == faulty_create && strcmp(call->name, name) == 0) is_known = 1;
        if (call->kind == faulty_remove && strcmp(call->name, name) == 0) is_known = 0;
        if (call->kind == faulty_rename && strcmp(call->name, name) == 0) is_known = 0;
        if (call->kind == faulty_rename && strcmp(call->new_name, name) == 0) is_known = 1;
    }
    if (is_known) return;
    FILE *file = fopen(name, "rb");
    if (!file) return;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    void *bytes = must(malloc(size > 0 ? (size_t)size : 1));
    size_t count = fread(bytes, 1, size > 0 ? (size_t)size : 0, file);
    fclose(file);
    faulty_call call = {.kind = faulty_create, .name = name, .count = (int64_t)count, .was_there = 1};
    note(disk, call, bytes);
    free(bytes);
}

static int disk_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags) {
    faulty_disk *disk = (faulty_disk *)vfs;
    faulty_file *file = (faulty_file *)base;
    memset(file, 0, sizeof *file);
    file->disk = disk;
    file->real = (sqlite3_file *)(file + 1);
    int is_counted = name && !(flags & SQLITE_OPEN_DELETEONCLOSE);
    if (!is_counted) {
        int code = disk->system->xOpen(disk->system, name, file->real, flags, out_flags);
        if (code == SQLITE_OK) file->base.pMethods = &methods;
        return code;
    }
    pthread_mutex_lock(&disk->lock);
    int is_new = (flags & SQLITE_OPEN_CREATE) && access(name, F_OK) != 0;
    if (is_new) {
        verdict verdict = judge(disk, faulty_create);
        wait_for(disk, verdict.delay);
        if (verdict.error) return fail(disk, SQLITE_CANTOPEN, verdict.error);
    } else {
        note_contents(disk, name);
    }
    int code = disk->system->xOpen(disk->system, name, file->real, flags, out_flags);
    if (code == SQLITE_OK) {
        if (is_new) note(disk, (faulty_call){.kind = faulty_create, .name = name}, NULL);
        file->name = must(strdup(name));
        file->syncs_directory =
            (flags & SQLITE_OPEN_CREATE)
            && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL));
        file->base.pMethods = &methods;
    }
    pthread_mutex_unlock(&disk->lock);
    return code;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int syncs_directory) {
    faulty_disk *disk = (faulty_disk *)vfs;
    int error = faulty_disk_remove(disk, name);
    if (error == ENOENT) return SQLITE_IOERR_DELETE_NOENT;
    if (error) {
        errno = error;
        return SQLITE_IOERR_DELETE;
    }
    char room[PATH_MAX];
    error = syncs_directory ? faulty_disk_sync_directory(disk, folder(name, room)) : 0;
    errno = error;
    return error ? SQLITE_IOERR_DIR_FSYNC : SQLITE_OK;
}

// What is not ours is the system's, which wants to be called with itself.
static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    sqlite3_vfs *system = ((faulty_disk *)vfs)->system;
    return system->xAccess(system, name, flags, result);
}

static int disk_full_name(sqlite3_vfs *vfs, const char *name, int room, char *full) {
    sqlite3_vfs *system = ((faulty_disk *)vfs)->system;
    return system->xFullPathname(system, name, room, full);
}

static int disk_last_error(sqlite3_vfs *vfs, int room, char *text) {
    (void)vfs, (void)room, (void)text;
    return errno;
}

// MARK: what the tests call

faulty_disk *faulty_disk_make(const char *name) {
    faulty_disk *disk = must(calloc(1, sizeof *disk));
    disk->system = must(sqlite3_vfs_find("unix"));
    disk->vfs = *disk->system;
    disk->vfs.pNext = NULL;
    disk->vfs.pAppData = disk->system->pAppData;
    disk->vfs.szOsFile = (int)sizeof(faulty_file) + disk->system->szOsFile;
    disk->vfs.zName = must(strdup(name));
    disk->vfs.xOpen = disk_open;
    disk->vfs.xDelete = disk_delete;
    disk->vfs.xAccess = disk_access;
    disk->vfs.xFullPathname = disk_full_name;
    disk->vfs.xGetLastError = disk_last_error;
    pthread_mutex_init(&disk->lock, NULL);
    if (sqlite3_vfs_register(&disk->vfs, 0) != SQLITE_OK) abort();
    return disk;
}

void faulty_disk_break(faulty_disk *disk, const faulty_rule *rules, int count) {
    pthread_mutex_lock(&disk->lock);
    if (count > most_rules) abort();
    if (count > 0) memcpy(disk->rules, rules, (size_t)count * sizeof *rules);
    memset(disk->met, 0, sizeof disk->met);
    memset(disk->done, 0, sizeof disk->done);
    disk->rule_count = count;
    pthread_mutex_unlock(&disk->lock);
}

static int64_t number(faulty_disk *disk, const int64_t *value) {
    pthread_mutex_lock(&disk->lock);
    int64_t copy = *value;
    pthread_mutex_unlock(&disk->lock);
    return copy;
}

int64_t faulty_disk_calls(faulty_disk *disk) { return number(disk, &disk->calls); }
int64_t faulty_disk_broken(faulty_disk *disk) { return number(disk, &disk->broken); }
int64_t faulty_disk_recorded(faulty_disk *disk) { return number(disk, &disk->logged); }

void faulty_disk_record(faulty_disk *disk, int on) {
    pthread_mutex_lock(&disk->lock);
    disk->recording = on;
    pthread_mutex_unlock(&disk->lock);
}

void faulty_disk_forget(faulty_disk *disk) {
    pthread_mutex_lock(&disk->lock);
    for (int64_t i = 0; i < disk->logged; i++) {
        free((void *)disk->log[i].name);
        free((void *)disk->log[i].new_name);
        free((void *)disk->log[i].bytes);
    }
    free(disk->log);
    disk->log = NULL;
    disk->logged = disk->room = 0;
    pthread_mutex_unlock(&disk->lock);
}

faulty_call faulty_disk_recorded_call(faulty_disk *disk, int64_t index) {
    pthread_mutex_lock(&disk->lock);
    if (index < 0 || index >= disk->logged) abort();
    faulty_call call = disk->log[index];
    pthread_mutex_unlock(&disk->lock);
    return call;
}

static int system_call(faulty_call call) {
    switch (call.kind) {
    case faulty_rename: return rename(call.name, call.new_name);
    case faulty_remove: return unlink(call.name);
    case faulty_make_directory: return mkdir(call.name, 0700);
    case faulty_create: {
        int file = open(call.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        return file < 0 ? -1 : close(file);
    }
    default: return 0;
    }
}

static int change_names(faulty_disk *disk, faulty_call call) {
    pthread_mutex_lock(&disk->lock);
    verdict verdict = judge(disk, call.kind);
    wait_for(disk, verdict.delay);
    int error = verdict.error;
    if (!error && system_call(call) != 0) error = errno;
    if (!error) note(disk, call, NULL);
    pthread_mutex_unlock(&disk->lock);
    return error;
}

int faulty_disk_rename(faulty_disk *disk, const char *from, const char *to) {
    return change_names(disk, (faulty_call){.kind = faulty_rename, .name = from, .new_name = to});
}

int faulty_disk_remove(faulty_disk *disk, const char *name) {
    return change_names(disk, (faulty_call){.kind = faulty_remove, .name = name});
}

int faulty_disk_sync_directory(faulty_disk *disk, const char *name) {
    return change_names(disk, (faulty_call){.kind = faulty_sync_directory, .name = name});
}

int faulty_disk_make_directory(faulty_disk *disk, const char *name) {
    return change_names(disk, (faulty_call){.kind = faulty_make_directory, .name = name});
}

int faulty_disk_create(faulty_disk *disk, const char *name) {
    return change_names(disk, (faulty_call){.kind = faulty_create, .name = name});
}

static int append(const char *name, const uint8_t *bytes, int64_t count, int64_t *offset) {
    FILE *file = fopen(name, "ab");
    if (!file) return errno;
    fseek(file, 0, SEEK_END);
    *offset = ftell(file);
    size_t done = fwrite(bytes, 1, (size_t)count, file);
    return fclose(file) == 0 && done == (size_t)count ? 0 : EIO;
}

int faulty_disk_append(faulty_disk *disk, const char *name, const uint8_t *bytes, int64_t count) {
    pthread_mutex_lock(&disk->lock);
    verdict verdict = judge(disk, faulty_write);
    wait_for(disk, verdict.delay);
    int64_t part = count;
    if (verdict.error) part = verdict.torn_bytes < count ? verdict.torn_bytes : count;
    int64_t offset = 0;
    int error = part > 0 ? append(name, bytes, part, &offset) : 0;
    if (!error && part > 0) {
        faulty_call call = {
            .kind = faulty_write, .failed = verdict.error != 0, .name = name, .offset = offset,
            .count = part};
        note(disk, call, bytes);
    }
    pthread_mutex_unlock(&disk->lock);
    return verdict.error ? verdict.error : error;
}

int faulty_disk_sync(faulty_disk *disk, const char *name) {
    pthread_mutex_lock(&disk->lock);
    verdict verdict = judge(disk, faulty_sync);
    wait_for(disk, verdict.delay);
    note(disk, (faulty_call){.kind = faulty_sync, .failed = verdict.error != 0, .name = name}, NULL);
    pthread_mutex_unlock(&disk->lock);
    return verdict.error;
}
