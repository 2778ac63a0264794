"""How many tasks a second go through a queue server, are run (/bin/true) and kept with their end.

    queue-worker.py beanstalkd|redis PORT CLIENTS SECONDS

Each client puts a task into the queue, and takes one, runs it and ends it: in beanstalkd by deleting the job, which
keeps no result; in Redis by moving it from the list of what runs into a hash, in one transaction. Clients are threads
in at most as many processes as there are processors. Prints `tasks N seconds S`.
"""

import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time

kind, port, clients, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
command = ("run the next step " * 12)[:200].encode()


class Connection:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")

    def ask(self, request):
        self.socket.sendall(request)
        return self.reader.readline()

    def word(self, *words):
        """A command of Redis' with an answer of one line or one text."""
        parts = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
        answer = self.ask(b"*%d\r\n%s" % (len(words), parts))
        if answer[:1] == b"$" and answer != b"$-1\r\n":
            return self.reader.read(int(answer[1:]) + 2)[:-2]
        if answer[:1] == b"*":
            return [self.reader.readline() for _ in range(int(answer[1:]))]
        return answer


def run():
    end = subprocess.run(["/bin/true"], capture_output=True)
    return b"%d" % end.returncode


def beanstalkd(connection, place):
    assert connection.ask(b"put 0 0 60 %d\r\n%s\r\n" % (len(command), command)).startswith(b"INSERTED")
    reserved = connection.ask(b"reserve\r\n").split()
    connection.reader.read(int(reserved[2]) + 2)
    run()
    assert connection.ask(b"delete %s\r\n" % reserved[1]) == b"DELETED\r\n"


def redis(connection, place):
    connection.word(b"RPUSH", b"queued", b"%s %s" % (place, command))
    task = connection.word(b"LMOVE", b"queued", b"running", b"LEFT", b"LEFT")
    result = run()
    connection.word(b"MULTI")
    connection.word(b"LREM", b"running", b"1", task)
    connection.word(b"HSET", b"results", task[:40], result)
    assert len(connection.word(b"EXEC")) == 2


def client(name, end, counts):
    connection = Connection()
    count = 0
    while time.monotonic() < end:
        (beanstalkd if kind == "beanstalkd" else redis)(connection, b"%s-%d" % (name, count))
        count += 1
    counts.append(count)


def process(name, share, end, results):
    counts = []
    threads = [
        threading.Thread(target=client, args=(b"%d-%d" % (name, place), end, counts)) for place in range(share)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(sum(counts))


if __name__ == "__main__":
    width = min(clients, os.cpu_count() or 1)
    shares = [clients // width + (1 if place < clients % width else 0) for place in range(width)]
    start = time.monotonic()
    results = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=process, args=(place, share, start + seconds, results))
        for place, share in enumerate(shares)
    ]
    for each in processes:
        each.start()
    total = sum(results.get() for _ in processes)
    for each in processes:
        each.join()
    print(f"tasks {total} seconds {time.monotonic() - start:.3f}")
