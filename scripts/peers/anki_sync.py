"""Anki's library with the sync server that comes with it.

Anki has no program for the command line, so that its acts are short Python programs. Where a whole
process is timed, Python's own start is a part of it, and what the library takes in a process that
runs already stands beside."""

import json
import os
import pathlib
import subprocess

import measure
from measure import Figure

NAME = "anki"
IN_PROCESS = "anki, in a running process"
PYTHON = os.environ.get("PEERS_PYTHON", str(measure.ROOT / ".build/peers/bin/python"))
ACTS = pathlib.Path(__file__).with_name("anki_acts.py")


def versions():
    code = "import importlib.metadata as m; print(m.version('anki'))"
    return {"anki": measure.output([PYTHON, "-c", code]).strip()}


def words(act, collection, *rest):
    collection.parent.mkdir(parents=True, exist_ok=True)
    return [PYTHON, str(ACTS), act, str(collection), *map(str, rest)]


def run_act(act, collection, *rest):
    with measure.precedence():
        return json.loads(measure.output(words(act, collection, *rest)).splitlines()[-1])


def act_time(act, collection, *rest):
    return measure.timed(words(act, collection, *rest))


class Server:
    def __init__(self, folder, names):
        self.folder, self.port = folder, measure.free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}/"
        self.environment = {
            **os.environ, "SYNC_HOST": "127.0.0.1", "SYNC_PORT": str(self.port),
            "SYNC_BASE": str(folder / "server"), "RUST_LOG": "error",
            **{f"SYNC_USER{index + 1}": f"{name}:secret" for index, name in enumerate(names)},
        }

    def served(self):
        return measure.server(
            [PYTHON, "-m", "anki.syncserver"], self.port, self.folder / "server.log",
            env=self.environment)


def run(folder, runs, plain_milliseconds):
    yield from adding(folder, runs)
    yield from filling(folder, runs, plain_milliseconds)
    names = ["small", "load0", "load1", "load2", "load3"] + [f"many{i}" for i in range(runs)]
    anki = Server(folder, names)
    with anki.served() as process:
        yield from wire_and_idle(folder, anki, runs)
        yield from many(folder, anki, runs)
        devices = {name: joined(folder, anki, name)[0] for name in names[1:5]}
        yield measure.load_figure(
            NAME, runs, lambda: load(anki, process, devices, 10), "4 clients; no TLS")


def adding(folder, runs):
    for count in (100, 100_000):
        collection = folder / f"add-{count}" / "collection.anki2"
        run_act("fill", collection, count)
        times = [act_time("add", collection) for _ in range(runs * 3)]
        inner = [run_act("add", collection)["milliseconds"] for _ in range(runs * 3)]
        yield Figure.of_runs(
            f"add-{count}", NAME, times, "a Python script; WAL, synchronous=FULL")
        yield Figure.of_runs(
            f"add-{count}", IN_PROCESS, inner, "collection open already", alike=False)


def filling(folder, runs, plain_milliseconds):
    values = []
    for index in range(runs):
        collection = folder / f"fill-{index}" / "collection.anki2"
        values.append(run_act("fill", collection, 100_000)["milliseconds"] / plain_milliseconds)
    yield Figure.of_runs(
        "record-100000", NAME, values, "100,000 notes of 4 fields and their cards")
    plain = measure.plain_table_bytes(measure.tasks(100_000), folder)
    yield Figure("disk", NAME, collection.stat().st_size / plain, note="with one card each")


def joined(folder, anki, name):
    """Two devices of one user that have synced once, when all is sent or got as one file."""
    devices = [folder / f"{name}-{number}" / "collection.anki2" for number in (1, 2)]
    run_act("fill", devices[0], 100)
    for device in devices:
        run_act("sync", device, anki.endpoint, name)
    return devices


def wire_and_idle(folder, anki, runs):
    first, _ = joined(folder, anki, "small")
    relay = measure.CountingRelay(anki.port)
    relayed = f"http://127.0.0.1:{relay.port}/"
    run_act("edit", first)
    run_act("sync-relayed", first, anki.endpoint, "small", relayed)
    yield Figure("wire-100-plain", NAME, relay.take())
    run_act("sync-relayed", first, anki.endpoint, "small", relayed)
    yield Figure("idle-bytes-plain", NAME, relay.take())
    relay.close()
    times = [act_time("sync", first, anki.endpoint, "small") for _ in range(runs * 3)]
    yield Figure.of_runs("idle-time-plain", NAME, times, "a Python script that logs in first")
    inner = run_act("sync-many", first, anki.endpoint, "small", runs * 10)["all"]
    yield Figure.of_runs(
        "idle-time-plain", IN_PROCESS, inner, "collection and connection open already",
        alike=False)


def many(folder, anki, runs):
    sending, getting = [], []
    for index in range(runs):
        name = f"many{index}"
        first, second = joined(folder, anki, name)
        run_act("fill", first, 10_000)
        sending.append(run_act("sync", first, anki.endpoint, name)["milliseconds"] / 1000)
        got = run_act("sync", second, anki.endpoint, name)
        getting.append(got["milliseconds"] / 1000)
        assert got["notes"] == 10_100, f"{got['notes']} notes arrived"
    yield Figure.of_runs("send-10000", IN_PROCESS, sending, "without Python's start, no TLS")
    yield Figure.of_runs("get-10000", IN_PROCESS, getting, "without Python's start, no TLS")


def load(anki, process, devices, seconds):
    before = measure.processor_seconds(process.pid)
    with measure.precedence():
        clients = [
            subprocess.Popen(
                words("load", device, anki.endpoint, name, seconds), stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True)
            for name, device in devices.items()
        ]
    count = sum(json.loads(client.communicate()[0].splitlines()[-1])["count"] for client in clients)
    cpu = (measure.processor_seconds(process.pid) - before) * 1000 / max(1, count)
    return count / seconds, cpu
