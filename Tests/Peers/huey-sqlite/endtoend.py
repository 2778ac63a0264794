"""How many tasks a second huey queues, runs (/bin/true) and keeps the result of, in one SQLite file.

    endtoend.py FILE CLIENTS SECONDS

Each client queues a task and waits for its result; huey's own consumer runs them on as many threads. Prints
`tasks N seconds S`.
"""

import os
import subprocess
import sys
import time

os.environ["HUEY_FILE"] = sys.argv[1]
folder = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.dirname(folder))

import crowd  # noqa: E402  beside this folder
import tasks  # noqa: E402  after HUEY_FILE is set

clients, seconds = int(sys.argv[2]), float(sys.argv[3])
command = ("run the next step " * 12)[:200]


def client(name, end):
    count = 0
    while time.monotonic() < end:
        tasks.run(command)(blocking=True, timeout=60, backoff=1, max_delay=0.01)
        count += 1
    return count


if __name__ == "__main__":
    consumer = subprocess.Popen(
        [sys.executable, "-m", "huey.bin.huey_consumer", "tasks.queue", "-w", str(clients), "-d", "0.01",
         "-m", "0.01", "-n", "-q"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        tasks.run(command)(blocking=True, timeout=30)  # The consumer is up once it has answered this.
        crowd.measure(client, clients, seconds)
    finally:
        consumer.terminate()
        consumer.wait()
