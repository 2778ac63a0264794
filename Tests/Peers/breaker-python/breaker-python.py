"""Nanoseconds per call of circuit breakers for Python, for `bench breaker --peers`.

    breaker-python.py CALLS

Prints `name, closed: ns` and `name, open: ns`: a call that succeeds through a closed breaker, and one that an open
breaker turns away. What the called function and the loop cost by themselves is taken off.
"""

import sys
import time

import circuitbreaker
import pybreaker
import purgatory
import purgatory.domain.model

calls = int(sys.argv[1])


def work():
    return 1


def nanoseconds(call):
    """The fastest of five rounds: what else the machine does only ever adds."""
    rounds = []
    for _ in range(5):
        start = time.perf_counter_ns()
        for _ in range(calls):
            call()
        rounds.append((time.perf_counter_ns() - start) / calls)
    return min(rounds)


def rejected(call, refusal):
    def attempt():
        try:
            call()
        except refusal:
            pass
        else:
            raise SystemExit("an open breaker let a call in")

    return attempt


def fail():
    raise ValueError


def failing(call):
    for _ in range(5):
        try:
            call()
        except ValueError:
            pass
        except Exception:  # Some tell of the opening instead.
            pass


def show(name, closed, open_, refusal):
    base = nanoseconds(work)
    print(f"{name}, closed: {max(0.0, nanoseconds(closed) - base):.1f}")
    failing(open_)
    print(f"{name}, open: {nanoseconds(rejected(open_, refusal)):.1f}")


one, two = (pybreaker.CircuitBreaker(fail_max=5, reset_timeout=3600) for _ in range(2))
show("pybreaker", lambda: one.call(work), lambda: two.call(fail), pybreaker.CircuitBreakerError)

one, two = (circuitbreaker.CircuitBreaker(failure_threshold=5, recovery_timeout=3600, name=name) for name in "ab")
show("circuitbreaker", one(work), two(fail), circuitbreaker.CircuitBreakerError)

factory = purgatory.SyncCircuitBreakerFactory(default_threshold=5, default_ttl=3600)
show("purgatory", factory("a")(work), factory("b")(fail), purgatory.domain.model.OpenedState)
