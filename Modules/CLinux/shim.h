// What Swift's Glibc module leaves out: pidfd, prctl, getrandom, and extensions that the headers hide.
//
// _GNU_SOURCE would show these, but it also changes types (fd_set, __rusage_who, the address of a socket call), and
// the compiler refuses a program whose modules define one type in two ways; whether it notices depends on what it
// reads together. So the few hidden ones are declared here, as glibc 2.34 and newer have them.
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
extern int pipe2(int ends[2], int flags);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int prlimit(pid_t process, __rlimit_resource_t resource, const struct rlimit *replacement,
                   struct rlimit *previous);
extern int pthread_setname_np(pthread_t thread, const char *name);
extern const char *sigabbrev_np(int signal);
extern int statx(int directory, const char *path, int flags, unsigned int wanted, struct statx *found);

// prctl takes a variable number of arguments, which Swift cannot call.
static inline int become_child_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

// Which file a path leads to; 0, or -1 and errno. Only its number is asked for: since Linux 6.13 the next write to a
// file whose times somebody has looked at has to note its own to the nanosecond, and on ext4 that takes part in the
// journal, which is dearer than the write.
static inline int identify_file(const char *path, uint64_t *device, uint64_t *number)
{
    struct statx found;
    if (statx(AT_FDCWD, path, 0, STATX_INO, &found) != 0) return -1;
    *device = (uint64_t)found.stx_dev_major << 32 | found.stx_dev_minor;
    *number = found.stx_ino;
    return 0;
}
