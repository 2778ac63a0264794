// A file system for SQLite whose calls are counted, can be made to fail, tear or wait, and are written down,
// so that it can be said what a power cut at any moment would have left.
//
// It stands in front of SQLite's unix VFS. Counted are the calls that change what is on disk: writes,
// truncations, syncs, the making, removing and renaming of files. Reads, locks and the shared memory of the
// write-ahead log pass through. All connections of a disk share one count, under one lock: the order of the
// calls is their order on the disk. Syncs are written down but not done: what is lost is decided later.
#ifndef FAULTY_DISK_H
#define FAULTY_DISK_H

#include <stdint.h>

typedef enum {
    faulty_write,
    faulty_truncate,
    faulty_sync,
    faulty_create,
    faulty_remove,
    faulty_rename,
    faulty_sync_directory,
    faulty_make_directory,
} faulty_kind;

// One call that was made. A write that was torn is written down with the part that came through.
typedef struct {
    faulty_kind kind;
    // Whether it was answered as failed.
    int failed;
    // The name of the file or directory, and the new one of a renaming.
    const char *name;
    const char *new_name;
    // Where a write begins, or the size that a file was cut to.
    int64_t offset;
    // What was written; for a file that was there before the disk knew it, what was in it.
    const uint8_t *bytes;
    int64_t count;
    // 1 when the file was there before the disk knew it: then it counts as on disk.
    int was_there;
} faulty_call;

// Which calls to break, and how.
typedef struct {
    // A bit for each kind: 1 << faulty_write and so on.
    uint32_t kinds;
    // Calls of these kinds that still go well; then so many are broken.
    int64_t good;
    int64_t broken;
    // EIO or ENOSPC; 0 when the call goes well, only later.
    int error;
    // Bytes of a broken write that come through.
    int64_t torn_bytes;
    // Microseconds that a broken call takes.
    int64_t delay;
    // 1 when the rule before this one must have broken a call first.
    int follows;
} faulty_rule;

typedef struct faulty_disk faulty_disk;

// A disk that SQLite knows by this name, which is copied. Disks live as long as the process.
faulty_disk *faulty_disk_make(const char *name);

// Replaces all rules; 0 rules heal the disk.
void faulty_disk_break(faulty_disk *disk, const faulty_rule *rules, int count);

// How many calls were counted, and how many of them were broken.
int64_t faulty_disk_calls(faulty_disk *disk);
int64_t faulty_disk_broken(faulty_disk *disk);

// From here on calls are written down, or no more.
void faulty_disk_record(faulty_disk *disk, int on);
// Forgets what was written down.
void faulty_disk_forget(faulty_disk *disk);
int64_t faulty_disk_recorded(faulty_disk *disk);
// A call that was written down. What it points to lives until the disk forgets.
faulty_call faulty_disk_recorded_call(faulty_disk *disk, int64_t index);

// What changes the disk without SQLite. 0, or an errno.
int faulty_disk_rename(faulty_disk *disk, const char *from, const char *to);
int faulty_disk_remove(faulty_disk *disk, const char *name);
int faulty_disk_sync_directory(faulty_disk *disk, const char *name);
int faulty_disk_make_directory(faulty_disk *disk, const char *name);
// Makes a file, or fails with EEXIST.
int faulty_disk_create(faulty_disk *disk, const char *name);
int faulty_disk_append(faulty_disk *disk, const char *name, const uint8_t *bytes, int64_t count);
int faulty_disk_sync(faulty_disk *disk, const char *name);

#endif
