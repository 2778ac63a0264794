// What Swift's Glibc module leaves out: pidfd, prctl, getrandom, and extensions that the headers hide.
//
// _GNU_SOURCE would show these, but it also changes types (fd_set, __rusage_who, the address of a socket call), and
// the compiler refuses a program whose modules define one type in two ways; whether it notices depends on what it
// reads together. So the few hidden ones are declared here, as glibc 2.34 and newer have them.
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
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

// prctl takes a variable number of arguments, which Swift cannot call.
static inline int become_child_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
