// The floor that `bench breaker` holds CircuitBreaker against: the smallest state machine that does the same
// for a caller. It counts failures in a row, opens at a threshold, turns calls away until a time has come,
// and lets probes through after it. It keeps no permits, totals, history, leases or generations.
//
//     breaker-floor ITERATIONS THREADS
//
// Prints lines of `name: nanoseconds`, per admitted and succeeded call ("closed") and per call turned away ("open"):
// the machine by itself, one for each thread; one atomic word that all threads read; the same with the clock; the
// machine behind a mutex, one for all.
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum state { CLOSED, OPEN, HALF_OPEN };

struct breaker {
    enum state state;
    int failures, failure_threshold;
    int successes, success_threshold;
    int probes, probe_limit;
    int64_t open_until, open_time;
};

// Kept apart from the loops, as a library is from its callers.
__attribute__((noinline)) static int admit(struct breaker *breaker, int64_t now, int64_t *retry_after) {
    switch (breaker->state) {
        case CLOSED: return 1;
        case OPEN:
            if (now < breaker->open_until) {
                *retry_after = breaker->open_until - now;
                return 0;
            }
            breaker->state = HALF_OPEN;
            breaker->successes = breaker->probes = 0;
            // fall through
        case HALF_OPEN:
            if (breaker->probes == breaker->probe_limit) return 0;
            breaker->probes += 1;
            return 1;
    }
    return 0;
}

__attribute__((noinline)) static void record(struct breaker *breaker, int succeeded, int64_t now) {
    if (breaker->state == HALF_OPEN) breaker->probes -= 1;
    if (succeeded) {
        if (breaker->state == HALF_OPEN && ++breaker->successes >= breaker->success_threshold) {
            breaker->state = CLOSED;
        }
        if (breaker->state == CLOSED) breaker->failures = 0;
        return;
    }
    breaker->failures += 1;
    if (breaker->state == HALF_OPEN || breaker->failures >= breaker->failure_threshold) {
        breaker->state = OPEN;
        breaker->open_until = now + breaker->open_time;
    }
}

static int64_t monotonic(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static const struct breaker fresh = {.failure_threshold = 5, .success_threshold = 2, .probe_limit = 1,
                                     .open_time = 3600000000000LL};

// The least that a shared form can do while nothing is wrong: read what another thread may write.
struct word {
    _Atomic uint64_t mark;
    _Atomic int64_t open_until;
};

static struct word healthy = {.mark = 1}, turned_away;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct breaker locked, locked_open;
static long iterations;

static int64_t value_closed(void) {
    struct breaker breaker = fresh;
    int64_t retry_after = 0, sum = 0;
    for (long i = 0; i < iterations; i++) {
        sum += admit(&breaker, i, &retry_after);
        record(&breaker, 1, i);
    }
    return sum;
}

static int64_t value_open(void) {
    struct breaker breaker = fresh;
    for (int i = 0; i < 5; i++) record(&breaker, 0, 0);
    int64_t retry_after = 0, sum = 0;
    for (long i = 0; i < iterations; i++) {
        sum += admit(&breaker, i, &retry_after);
        sum += retry_after & 1;
    }
    return sum;
}

static int64_t word_closed(void) {
    int64_t sum = 0;
    for (long i = 0; i < iterations; i++) {
        uint64_t mark = atomic_load_explicit(&healthy.mark, memory_order_acquire);
        sum += mark & 1;
        sum += atomic_load_explicit(&healthy.mark, memory_order_acquire) == mark;
    }
    return sum;
}

static int64_t word_reject(int64_t now) {
    if (atomic_load_explicit(&turned_away.mark, memory_order_acquire) & 1) return 0;
    return atomic_load_explicit(&turned_away.open_until, memory_order_acquire) - now;
}

static int64_t word_open(void) {
    int64_t sum = 0;
    for (long i = 0; i < iterations; i++) sum += word_reject(i) & 1;
    return sum;
}

static int64_t clock_open(void) {
    int64_t sum = 0;
    for (long i = 0; i < iterations; i++) sum += word_reject(monotonic()) & 1;
    return sum;
}

static int64_t mutex_closed(void) {
    int64_t retry_after = 0, sum = 0;
    for (long i = 0; i < iterations; i++) {
        pthread_mutex_lock(&mutex);
        sum += admit(&locked, i, &retry_after);
        pthread_mutex_unlock(&mutex);
        pthread_mutex_lock(&mutex);
        record(&locked, 1, i);
        pthread_mutex_unlock(&mutex);
    }
    return sum;
}

static int64_t mutex_open(void) {
    int64_t retry_after = 0, sum = 0;
    for (long i = 0; i < iterations; i++) {
        pthread_mutex_lock(&mutex);
        sum += admit(&locked_open, i, &retry_after);
        pthread_mutex_unlock(&mutex);
    }
    return sum + retry_after;
}

struct run {
    int64_t (*loop)(void);
    pthread_barrier_t *barrier;
    int64_t elapsed, sum;
};

static void *run(void *argument) {
    struct run *run = argument;
    pthread_barrier_wait(run->barrier);
    int64_t start = monotonic();
    run->sum = run->loop();
    run->elapsed = monotonic() - start;
    return NULL;
}

// All threads begin at once; the slowest counts.
static int measure(const char *name, int64_t (*loop)(void), int threads) {
    pthread_t ids[64];
    struct run runs[64];
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, threads);
    int64_t longest = 0, sum = 0;
    for (int i = 0; i < threads; i++) {
        runs[i] = (struct run){loop, &barrier, 0, 0};
        if (pthread_create(&ids[i], NULL, run, &runs[i]) != 0) return 2;
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        if (runs[i].elapsed > longest) longest = runs[i].elapsed;
        sum += runs[i].sum;
    }
    printf("%s: %f\n", name, (double)longest / iterations);
    return sum == 42;  // So that the sum is needed.
}

int main(int count, char **arguments) {
    iterations = count == 3 ? atol(arguments[1]) : 0;
    int threads = count == 3 ? atoi(arguments[2]) : 0;
    if (iterations <= 0 || threads < 1 || threads > 64) {
        fprintf(stderr, "usage: breaker-floor ITERATIONS THREADS\n");
        return 2;
    }
    atomic_store(&turned_away.open_until, INT64_MAX);
    locked = locked_open = fresh;
    for (int i = 0; i < 5; i++) record(&locked_open, 0, monotonic());
    return measure("C value, closed", value_closed, threads) | measure("C value, open", value_open, threads)
        | measure("C word, closed", word_closed, threads) | measure("C word, open", word_open, threads)
        | measure("C clock, open", clock_open, threads) | measure("C mutex, closed", mutex_closed, threads)
        | measure("C mutex, open", mutex_open, threads);
}
