// The floor that `bench endtoend` holds Fusebox against: it starts /bin/true again and again, reads its output and its
// errors to their ends and waits for it, so many at once. It takes no task from anybody and keeps nothing.
//
//     spawn-loop WIDTH SECONDS
//
// It prints `tasks N seconds S`.
#define _GNU_SOURCE  // pipe2
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH_LIMIT = 1000 };

static struct pollfd ends[WIDTH_LIMIT * 2];  // Of each place its output, then its errors; -1 when at its end.
static pid_t children[WIDTH_LIMIT];
static long tasks;

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void start(int place) {
    static char *arguments[] = {"true", NULL}, *environment[] = {NULL};
    int output[2], errors[2];
    if (pipe2(output, O_CLOEXEC) || pipe2(errors, O_CLOEXEC)) fail("pipe2");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    posix_spawn_file_actions_adddup2(&actions, errors[1], 2);
    if (posix_spawn(&children[place], "/bin/true", &actions, NULL, arguments, environment)) fail("posix_spawn");
    posix_spawn_file_actions_destroy(&actions);
    close(output[1]);
    close(errors[1]);
    ends[2 * place] = (struct pollfd){.fd = output[0], .events = POLLIN};
    ends[2 * place + 1] = (struct pollfd){.fd = errors[0], .events = POLLIN};
}

// Reads what there is; at the end of both streams the child is waited for.
static int ended(int place) {
    static char bytes[65536];
    for (int end = 2 * place; end < 2 * place + 2; end++) {
        if (ends[end].fd < 0 || !ends[end].revents) continue;
        if (read(ends[end].fd, bytes, sizeof bytes) > 0) continue;
        close(ends[end].fd);
        ends[end].fd = -1;
    }
    if (ends[2 * place].fd >= 0 || ends[2 * place + 1].fd >= 0) return 0;
    int status;
    if (waitpid(children[place], &status, 0) < 0) fail("waitpid");
    if (!WIFEXITED(status) || WEXITSTATUS(status)) exit(1);
    tasks++;
    return 1;
}

int main(int count, char **arguments) {
    int width = count == 3 ? atoi(arguments[1]) : 0;
    if (width < 1 || width > WIDTH_LIMIT) return 2;
    double began = seconds(), limit = began + atof(arguments[2]);
    for (int place = 0; place < width; place++) start(place);
    for (int running = width; running > 0;) {
        if (poll(ends, 2 * width, -1) < 0) fail("poll");
        for (int place = 0; place < width; place++) {
            if (children[place] == 0 || !ended(place)) continue;
            children[place] = 0;
            if (seconds() < limit) start(place);
            else running--;
        }
    }
    printf("tasks %ld seconds %.3f\n", tasks, seconds() - began);
    return 0;
}
