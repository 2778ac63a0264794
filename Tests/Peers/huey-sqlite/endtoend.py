"""How many tasks a second huey queues, runs (/bin/true) and keeps the result of, in one SQLite file.

    endtoend.py FILE CLIENTS SECONDS

Each client queues a task and waits for its result; huey's own consumer runs them on as many threads. Prints
`tasks N seconds S`.
"""

import os
import subprocess
import sys
import threading
import time

os.environ["HUEY_FILE"] = sys.argv[1]
clients, seconds = int(sys.argv[2]), float(sys.argv[3])
folder = os.path.dirname(os.path.abspath(__file__))
command = ("run the next step " * 12)[:200]

import tasks  # noqa: E402  after HUEY_FILE is set

consumer = subprocess.Popen(
    [sys.executable, "-m", "huey.bin.huey_consumer", "tasks.queue", "-w", str(clients), "-d", "0.01",
     "-m", "0.01", "-n", "-q"],
    cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    tasks.run(command)(blocking=True, timeout=30)  # The consumer is up once it has answered this.
    start = time.monotonic()
    counts = []

    def client():
        count = 0
        while time.monotonic() < start + seconds:
            tasks.run(command)(blocking=True, timeout=60, backoff=1, max_delay=0.01)
            count += 1
        counts.append(count)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"tasks {sum(counts)} seconds {time.monotonic() - start:.3f}")
finally:
    consumer.terminate()
    consumer.wait()
