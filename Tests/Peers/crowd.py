"""What the scripts here have in common: so many clients, which all do the same until the time is over."""

import multiprocessing
import os
import threading
import time


def process(client, place, share, end, results):
    counts = []

    def run(thread):
        counts.append(client(f"{place}-{thread}", end))

    threads = [threading.Thread(target=run, args=(thread,)) for thread in range(share)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(sum(counts))


def measure(client, clients, seconds):
    """Prints `tasks N seconds S`.

    The clients are threads in at most as many processes as there are processors. Each calls `client(name, end)`, which
    works until time.monotonic() says `end` and returns how many tasks it did.
    """
    width = min(clients, os.cpu_count() or 1)
    shares = [clients // width + (1 if place < clients % width else 0) for place in range(width)]
    start = time.monotonic()
    results = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=process, args=(client, place, share, start + seconds, results))
        for place, share in enumerate(shares)
    ]
    for each in processes:
        each.start()
    total = sum(results.get() for _ in processes)
    for each in processes:
        each.join()
    print(f"tasks {total} seconds {time.monotonic() - start:.3f}")
