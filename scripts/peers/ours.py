"""Waymark itself: the hub and laptops, as `swift build -c release` made them."""

import json
import pathlib
import os

import measure
from measure import Figure

NAME = "waymark"
PROGRAMS = pathlib.Path(os.environ.get("PEERS_PROGRAMS", measure.ROOT / ".build/release"))
WAYMARK, HUB, BENCH = (PROGRAMS / name for name in ("waymark", "waymark-hub", "waymark-bench"))
DIARY = measure.ROOT / "Tests/EndToEndTests/Resources/pepys-sample.jsonl"


def versions():
    return {"waymark": measure.output([WAYMARK, "--version"]).strip()}


class Programme:
    """A hub on loopback with an admin, a mentor and a participant, who has two laptops."""

    def __init__(self, folder, tls=True):
        self.folder, self.tls, self.port = folder, tls, measure.free_port()
        folder.mkdir(parents=True)
        made = measure.output([
            HUB, "init", "--data", folder / "hub", "--name", "Peers", "--admin-email",
            "ada@example.org", "--url", self.url(self.port), "--json"])
        self.first_token = json.loads(made)["invitation"]["token"]

    def url(self, port):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{port}"

    def served(self):
        plain = [] if self.tls else ["--no-tls"]
        return measure.server(
            [HUB, "serve", "--data", self.folder / "hub", "--listen", f"127.0.0.1:{self.port}",
             *plain], self.port, self.folder / "serve.log")

    def words(self, name, *words):
        return [WAYMARK, *words, "--home", self.home(name), "--json"]

    def home(self, name):
        return self.folder / name

    def run(self, name, *words):
        return json.loads(measure.output(self.words(name, *words)))

    def timed(self, name, *words):
        return measure.timed(self.words(name, *words))

    def join(self, name, token):
        self.run(name, "join", token, "--name", name.capitalize(), "--hub", self.url(self.port))
        self.run(name, "sync")

    def populate(self):
        self.join("ada", self.first_token)
        self.invite("ada", "mentor", "ben")
        self.invite("ben", "participant", "carla")
        token = self.run("carla", "device", "add")["token"]
        self.run("carla", "sync")
        self.join("carla2", token)
        self.run("carla", "sync")

    def invite(self, issuer, role, name):
        token = self.run(issuer, "invite", role, "--email", f"{name}@example.org")["token"]
        self.join(name, token)
        self.run(issuer, "sync")

    def fill(self, name, count):
        measure.output([BENCH, "fill", self.home(name), count])


def run(folder, runs):
    programme = Programme(folder / "adding")
    with programme.served():
        programme.populate()
        yield from adding(programme, runs)
    for tls in (True, False):
        programme = Programme(folder / f"wire-{tls}", tls)
        with programme.served():
            programme.populate()
            yield from wire_and_idle(programme, runs)
    yield from many(folder, runs)
    yield measure.load_figure(
        NAME, runs, lambda: hub(folder), "200 devices; TLS, signed, flushed")


def adding(programme, runs):
    had = 0
    for count in (100, 100_000):
        programme.fill("carla", count - had)
        had = count
        programme.run("carla", "sync")
        times = [
            programme.timed("carla", "task", "add", "Read one chapter") for _ in range(runs * 3)
        ]
        yield Figure.of_runs(f"add-{count}", NAME, times, "WAL, synchronous=FULL; signed")


def wire_and_idle(programme, runs):
    kind = "tls" if programme.tls else "plain"
    programme.fill("carla", 100)
    programme.run("carla", "sync")
    tasks = [task["id"] for task in programme.run("carla", "task", "list")]
    for number, title in zip(tasks, measure.small_titles(100), strict=True):
        programme.run("carla", "task", "edit", number, "--title", title)
    relay = measure.CountingRelay(programme.port)
    relayed = ("sync", "--hub", programme.url(relay.port))
    # A laptop keeps to the address that it reached the hub at last.
    direct = ("sync", "--hub", programme.url(programme.port))
    report = programme.run("carla", *relayed)
    bodies = report["bytesSent"] + report["bytesReceived"]
    yield Figure(f"wire-100-{kind}", NAME, relay.take(), note=f"{bodies} of it bodies; signed")
    programme.run("carla", *direct)
    report = programme.run("carla", *relayed)
    bodies = report["bytesSent"] + report["bytesReceived"]
    yield Figure(f"idle-bytes-{kind}", NAME, relay.take(), note=f"{bodies} of it bodies; signed")
    relay.close()
    programme.run("carla", *direct)
    times = [programme.timed("carla", "sync") for _ in range(runs * 3)]
    yield Figure.of_runs(f"idle-time-{kind}", NAME, times, "signed")


def many(folder, runs):
    sending, getting = [], []
    for index in range(runs):
        programme = Programme(folder / f"many-{index}")
        with programme.served():
            programme.populate()
            programme.fill("carla", 10_000)
            sending.append(programme.timed("carla", "sync") / 1000)
            getting.append(programme.timed("carla2", "sync") / 1000)
            count = len(programme.run("carla2", "task", "list"))
            assert count == 10_000, f"{count} tasks arrived"
    yield Figure.of_runs("send-10000", NAME, sending, "TLS; signed")
    yield Figure.of_runs("get-10000", NAME, getting, "TLS; signatures checked")


def records(folder, runs):
    """What `waymark-bench` measures inside one process, and the plain insert beside it."""
    file = folder / "records.json"
    with measure.precedence():
        measure.output([
            BENCH, "all", "--part", "records", "--runs", runs, "--diary", DIARY, "--json", file])
    found = {row["name"].split(": ")[1]: row for row in json.loads(file.read_text())}
    plain = found["recorded"]["comparison"]
    figures = [
        Figure("record-100000", NAME, found["recorded"]["ratio"], note="signed when it is sent"),
        Figure("merge-100000", NAME, found["merged"]["ratio"], note="signatures checked"),
        Figure("merge-again", NAME, found["merged again"]["ratio"] * 100),
        Figure("disk", NAME, found["writer's disk"]["ratio"], note="the writer's"),
    ]
    return plain, figures


def hub(folder):
    """Small syncs of 200 devices with keys of their own, over TLS, and the hub's processor time for
    each; the hub must have kept all that it acknowledged when it is killed."""
    with measure.precedence():
        text = measure.output(
            [BENCH, "hub", "--load", "steady", "--seconds", "10"],
            env={**os.environ, "TMPDIR": str(folder)})
    found = {
        row["name"].split(": ")[1]: row["value"]
        for row in json.loads(text.strip().splitlines()[-1])
    }
    assert found["lost by kill -9"] == 0, "acknowledged work was lost"
    return found["throughput"], found["hub's processor time a sync"]
