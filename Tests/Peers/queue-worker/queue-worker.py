"""How many tasks a second go through a queue server, are run (/bin/true) and kept with their end.

    queue-worker.py beanstalkd|redis PORT CLIENTS SECONDS

Each client puts a task into the queue, and takes one, runs it and ends it: in beanstalkd by deleting the job, which
keeps no result; in Redis by moving it from the list of what runs into a hash, in one transaction. Prints
`tasks N seconds S`.
"""

import os
import socket
import subprocess
import sys
import time

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import crowd  # noqa: E402  beside this folder

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


def client(name, end):
    connection = Connection()
    count = 0
    while time.monotonic() < end:
        (beanstalkd if kind == "beanstalkd" else redis)(connection, b"%s-%d" % (name.encode(), count))
        count += 1
    return count


if __name__ == "__main__":
    crowd.measure(client, clients, seconds)
