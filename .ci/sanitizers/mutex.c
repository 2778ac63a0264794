// Tells ThreadSanitizer of the locks that it does not see.
//
// Swift's Synchronization.Mutex is a word that is taken and given back by an atomic operation in the code that
// uses it, which the sanitizer follows. When two threads want it at once, the rest happens in the Swift library
// (spinning, then the kernel's futex), which is not built for the sanitizer: it then takes everything that such a
// lock protects for a race. To suppress those reports would hide real races in the same places. So the library's
// three functions are called through these, which say what the lock means; the lock itself is not changed. To be
// preloaded; see `.ci/sanitize`.
//
// The functions of Swift 6.3, stdlib/public/Synchronization/Mutex/LinuxImpl.swift, by their mangled names. Should a
// later Swift call them otherwise, nothing here is called, and the false reports are back.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

// Of the sanitizer's run time, where there is one (compiler-rt, include/sanitizer/tsan_interface.h): the programs
// that build and run the tests get this preloaded as well.
void __tsan_acquire(void *address) __attribute__((weak));
void __tsan_release(void *address) __attribute__((weak));

typedef SWIFT void lock_function(uint32_t thread, SELF mutex);
typedef SWIFT bool try_lock_function(SELF mutex);
typedef SWIFT void unlock_function(SELF mutex);

SWIFT void lock(uint32_t thread, SELF mutex) __asm__(LOCK);
SWIFT bool try_lock(SELF mutex) __asm__(TRY_LOCK);
SWIFT void unlock(SELF mutex) __asm__(UNLOCK);

static void *library(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) {
        fprintf(stderr, "mutex.c: the Swift library has no %s\n", name);
        abort();
    }
    return function;
}

SWIFT void lock(uint32_t thread, SELF mutex) {
    ((lock_function *)library(LOCK))(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT bool try_lock(SELF mutex) {
    bool is_taken = ((try_lock_function *)library(TRY_LOCK))(mutex);
    if (is_taken && __tsan_acquire) __tsan_acquire(mutex);
    return is_taken;
}

SWIFT void unlock(SELF mutex) {
    if (__tsan_release) __tsan_release(mutex);
    ((unlock_function *)library(UNLOCK))(mutex);
}
