"""What every measurement here needs: times of whole processes, bytes on a connection, servers that
are stopped again, and the rows that all of them write."""

import contextlib
import os
import pathlib
import select
import shutil
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

VERBS = ["Read", "Write", "Call", "Plan", "Practise", "Review", "Send"]
OBJECTS = [
    "one chapter of the book", "a letter of motivation", "the head of the workshop",
    "the next four weeks", "asking open questions", "the first draft", "the signed form",
]
SKILLS = ["writing", "listening", "planning", "welding", "accounting"]


def tasks(count):
    """The same tasks in every run: title, status, due in Unix seconds, skill."""
    return [
        (
            f"{VERBS[i % 7]} {OBJECTS[i // 7 % 7]} ({i})", 1,
            1_800_000_000 + i * 37 % 90 * 86_400, SKILLS[i % 5],
        )
        for i in range(count)
    ]


def small_titles(count):
    """Titles of some 47 bytes in words that people wrote, none like another."""
    sample = ROOT / "Tests/EndToEndTests/Resources/pepys-sample.jsonl"
    words = iter(sample.read_text(encoding="utf-8").split())
    titles = []
    for _ in range(count):
        title = ""
        while len(title.encode()) < 47:
            word = "".join(c for c in next(words) if c.isalnum() and c.isascii())
            title = f"{title} {word}".strip()
        titles.append(title)
    return titles


class Figure:
    """One figure of one program in one row; `spread` is the least and the greatest of all runs.
    What is not `alike` is shown, but nobody is ahead or behind by it."""

    def __init__(self, row, program, value, spread=None, note="", alike=True):
        self.row, self.program, self.value = row, program, value
        self.spread, self.note, self.alike = spread, note, alike

    @classmethod
    def of_runs(cls, row, program, values, note="", alike=True):
        return cls(row, program, statistics.median(values), [min(values), max(values)], note, alike)

    def json(self):
        return {
            "program": self.program, "value": self.value, "spread": self.spread,
            "note": self.note, "alike": self.alike,
        }


@contextlib.contextmanager
def precedence():
    """What is started inside comes before other work of the machine, where that is allowed."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except (AttributeError, PermissionError):
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@contextlib.contextmanager
def scratch():
    """A new folder that others may enter, too: PostgreSQL runs as a user of its own."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="waymark-peers-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def output(words, **options):
    """Runs a program that must succeed and returns what it printed."""
    done = subprocess.run(
        [str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL, text=True, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(
            f"{words[0]} {words[1:3]} ended with {done.returncode}: {done.stdout[-500:]}"
            f"{done.stderr[-1500:]}")
    return done.stdout


def timed(words, **options):
    """How long a whole process takes, from its start to its end, in milliseconds."""
    with precedence():
        start = time.perf_counter()
        output(words, **options)
        return (time.perf_counter() - start) * 1000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def server(words, port, log, **options):
    """A server on loopback that accepts connections inside and is ended afterwards."""
    with open(log, "ab") as file, precedence():
        process = subprocess.Popen(
            [str(word) for word in words], stdout=file, stderr=file, stdin=subprocess.DEVNULL,
            **options)
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise RuntimeError(f"{words[0]} ended: {pathlib.Path(log).read_text()[-2000:]}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        else:
            raise RuntimeError(f"{words[0]} did not start")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def processor_seconds(pid):
    """The processor time that a process and its children that live have taken."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(child) for child in children)


def load_figure(program, runs, load, note):
    """How many syncs a second several clients got through in several runs. `load` returns that and
    the server's processor time for each in milliseconds."""
    results = sorted(load() for _ in range(min(runs, 3)))
    rates = [rate for rate, _ in results]
    cpu = results[len(results) // 2][1]
    note = f"{note}; {cpu:.2f} ms of the server's processor time each"
    return Figure.of_runs("hub", program, rates, note)


class CountingRelay:
    """Passes connections on to a port and counts what goes through them, both ways together: all
    that TCP carries, with headers and with TLS where there is TLS."""

    def __init__(self, target):
        self.target, self.bytes, self.connections = target, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                self.connections += 1
                far = socket.create_connection(("127.0.0.1", self.target))
                threading.Thread(target=self._pass, args=(near, far), daemon=True).start()

    def _pass(self, near, far):
        other, open_sides = {near: far, far: near}, {near, far}
        with near, far, contextlib.suppress(OSError):
            while open_sides:
                for side in select.select(list(open_sides), [], [], 60)[0]:
                    data = side.recv(1 << 16)
                    if data:
                        self.bytes += len(data)
                        other[side].sendall(data)
                    else:
                        open_sides.discard(side)
                        other[side].shutdown(socket.SHUT_WR)

    def take(self):
        """The bytes since the last time."""
        time.sleep(0.2)
        count, self.bytes = self.bytes, 0
        return count

    def close(self):
        self.listener.close()


def plain_table_bytes(rows, folder):
    """What a plain SQLite table of the same rows takes, with the id that every record has."""
    file = pathlib.Path(folder) / "plain.sqlite"
    database = sqlite3.connect(file)
    database.execute(
        "CREATE TABLE task (key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, title TEXT NOT NULL,"
        " status INTEGER NOT NULL, due INTEGER, skill TEXT) STRICT")
    with database:
        database.executemany(
            "INSERT INTO task (id, title, status, due, skill) VALUES (?, ?, ?, ?, ?)",
            ((index.to_bytes(16, "big"), *row) for index, row in enumerate(rows)))
    database.close()
    size = file.stat().st_size
    file.unlink()
    return size


def folder_bytes(folder):
    return sum(file.stat().st_size for file in pathlib.Path(folder).rglob("*") if file.is_file())
