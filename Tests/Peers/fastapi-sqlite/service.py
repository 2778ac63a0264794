"""A task service as it is usually begun: FastAPI and sqlite3, every task committed and synced before its answer.

    service.py FILE

`POST /api/bot/{bot}/task` answers 202 when the task is on disk. With `?wait=…` it also runs /bin/true, keeps its
output and its end on disk, and answers 200. It says where it listens in one line.
"""

import socket
import sqlite3
import subprocess
import sys
import threading
import uuid

import fastapi
import pydantic
import uvicorn

local = threading.local()
# SQLite has one writer; waiting here is quicker than its own polling for the lock.
writing = threading.Lock()


def database():
    if not hasattr(local, "database"):
        local.database = sqlite3.connect(sys.argv[1], isolation_level=None)
        local.database.execute("PRAGMA journal_mode = WAL")
        local.database.execute("PRAGMA synchronous = FULL")
    return local.database


def write(statement, *values):
    connection = database()
    with writing:
        connection.execute(statement, values)


class Task(pydantic.BaseModel):
    command: str


service = fastapi.FastAPI()


@service.post("/api/bot/{bot}/task")
def accept(bot: str, task: Task, response: fastapi.Response, wait: str | None = None):
    identifier = str(uuid.uuid4())
    write("INSERT INTO tasks (id, bot, status, command) VALUES (?, ?, 'queued', ?)", identifier, bot, task.command)
    response.status_code = 202
    if wait is not None:
        end = subprocess.run(["/bin/true"], capture_output=True)
        write(
            "UPDATE tasks SET status = ?, output = ? WHERE id = ?",
            "succeeded" if end.returncode == 0 else "failed", end.stdout, identifier,
        )
        response.status_code = 200
    return {"task_id": identifier, "bot_id": bot}


write("CREATE TABLE tasks (id TEXT PRIMARY KEY, bot TEXT, status TEXT, command TEXT, output BLOB)")
# The protocol is named, because asyncio turns Nagle's algorithm off only where it is: without that each answer
# would wait 40 ms.
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
listener.listen(1024)
print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(service, log_level="error", access_log=False)).run(sockets=[listener])
