"""How many tasks huey queues on disk per second.

    ingest.py FILE CLIENTS SECONDS

Prints `tasks N seconds S`.
"""

import os
import sys
import time

os.environ["HUEY_FILE"] = sys.argv[1]
sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import crowd  # noqa: E402  beside this folder
import tasks  # noqa: E402  after HUEY_FILE is set; it makes the tables before anybody needs them

command = ("run the next step " * 12)[:200]


def client(name, end):
    count = 0
    while time.monotonic() < end:
        tasks.run(command)
        count += 1
    return count


if __name__ == "__main__":
    crowd.measure(client, int(sys.argv[2]), float(sys.argv[3]))
