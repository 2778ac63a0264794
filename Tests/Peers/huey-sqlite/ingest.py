"""How many tasks huey queues on disk per second.

    ingest.py FILE CLIENTS SECONDS

Clients are threads in at most as many processes as there are processors. Prints `tasks N seconds S`.
"""

import multiprocessing
import os
import sys
import threading
import time

os.environ["HUEY_FILE"] = sys.argv[1]
clients, seconds = int(sys.argv[2]), float(sys.argv[3])
command = ("run the next step " * 12)[:200]


def client(end, counts):
    from tasks import run

    count = 0
    while time.monotonic() < end:
        run(command)
        count += 1
    counts.append(count)


def process(share, end, results):
    counts = []
    threads = [threading.Thread(target=client, args=(end, counts)) for _ in range(share)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(sum(counts))


if __name__ == "__main__":
    import tasks  # Makes the tables before anybody needs them.

    width = min(clients, os.cpu_count() or 1)
    shares = [clients // width + (1 if place < clients % width else 0) for place in range(width)]
    start = time.monotonic()
    results = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=process, args=(share, start + seconds, results)) for share in shares
    ]
    for each in processes:
        each.start()
    total = sum(results.get() for _ in processes)
    for each in processes:
        each.join()
    print(f"tasks {total} seconds {time.monotonic() - start:.3f}")
