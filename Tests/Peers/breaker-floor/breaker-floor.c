// The floor that `bench breaker` holds CircuitBreaker against: the smallest state machine that does the same
// for a caller. It counts failures in a row, opens at a threshold, turns calls away until a time has come,
// and lets probes through after it. It keeps no permits, totals, history, leases or generations.
//
//     breaker-floor ITERATIONS
//
// Prints two numbers: nanoseconds per admitted and succeeded call, and per call turned away.
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

int main(int count, char **arguments) {
    long iterations = count == 2 ? atol(arguments[1]) : 0;
    if (iterations <= 0) {
        fprintf(stderr, "usage: breaker-floor ITERATIONS\n");
        return 2;
    }
    struct breaker breaker = {.failure_threshold = 5, .success_threshold = 2, .probe_limit = 1,
                              .open_time = 30000000000LL};
    int64_t retry_after = 0, sum = 0;
    int64_t start = monotonic();
    for (long i = 0; i < iterations; i++) {
        sum += admit(&breaker, i, &retry_after);
        record(&breaker, 1, i);
    }
    int64_t closed = monotonic() - start;
    for (int i = 0; i < 5; i++) record(&breaker, 0, 0);
    start = monotonic();
    for (long i = 0; i < iterations; i++) {
        sum += admit(&breaker, i, &retry_after);
        sum += retry_after & 1;
    }
    int64_t open = monotonic() - start;
    printf("%f %f\n", (double)closed / iterations, (double)open / iterations);
    return sum == 42;  // So that the sum is needed.
}
