"""fossil, whose record is a check-in: a line of text in a file under version control."""

import os
import re
import subprocess

import measure
from measure import Figure

NAME = "fossil"


def versions():
    return {"fossil": re.search(r"version ([0-9.]+)", measure.output(["fossil", "version"]))[1]}


class Checkout:
    """A repository with so many check-ins, opened in a folder."""

    def __init__(self, folder, commits=0, clone_of=None):
        folder.mkdir(parents=True)
        self.repository, self.work = folder / "repository.fossil", folder / "work"
        self.work.mkdir()
        self.environment = {**os.environ, "USER": "ana", "HOME": str(folder)}
        if clone_of:
            measure.output(
                ["fossil", "clone", clone_of, self.repository], env=self.environment, cwd=folder)
        elif commits:
            stream = folder / "stream"
            write_stream(stream, commits)
            with open(stream, "rb") as file:
                subprocess.run(
                    ["fossil", "import", "--git", str(self.repository)], stdin=file, check=True,
                    stdout=subprocess.DEVNULL, env=self.environment)
            stream.unlink()
        else:
            measure.output(["fossil", "init", self.repository], env=self.environment)
        branch = ["master"] if commits else []
        self.run("open", self.repository, *branch, "--force", "--nosync")
        self.run("settings", "autosync", "off")
        self.file = self.work / "tasks"

    def run(self, *words):
        return measure.output(["fossil", *words], cwd=self.work, env=self.environment)

    def write(self, line):
        with open(self.file, "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def commit(self):
        """How long the check-in of one more line takes."""
        return measure.timed(
            ["fossil", "commit", "-m", "add", "--no-warnings"], cwd=self.work, env=self.environment)

    def timed(self, *words):
        return measure.timed(["fossil", *words], cwd=self.work, env=self.environment)


def write_stream(file, commits):
    """A history in git's form, a line to a check-in."""
    with open(file, "w", encoding="utf-8") as out:
        for index, (title, *_) in enumerate(measure.tasks(commits)):
            out.write(
                f"commit refs/heads/master\nmark :{index + 1}\n"
                f"committer ana <ana@example.org> {1_700_000_000 + index} +0000\n"
                f"data 3\nadd\n")
            if index:
                out.write(f"from :{index}\n")
            out.write(f"M 100644 inline tasks\ndata {len(title) + 1}\n{title}\n\n")


def run(folder, runs):
    yield from adding(folder, runs)
    yield from wire_and_idle(folder, runs)


def adding(folder, runs):
    for count in (100, 100_000):
        checkout = Checkout(folder / f"add-{count}", commits=count)
        times = []
        for index in range(runs * 3):
            checkout.write(f"Read one chapter {index}")
            times.append(checkout.commit())
        yield Figure.of_runs(
            f"add-{count}", NAME, times, "one check-in; rollback journal, synchronous=FULL")


def wire_and_idle(folder, runs):
    origin = Checkout(folder / "origin", commits=100)
    origin.run("user", "new", "ana2", "ana", "secret")
    origin.run("user", "capabilities", "ana2", "s")
    port = measure.free_port()
    words = ["fossil", "server", origin.repository, "--port", port]
    with measure.server(words, port, folder / "server.log", env=origin.environment):
        relay = measure.CountingRelay(port)

        def place(at):
            return f"http://ana2:secret@127.0.0.1:{at}/"

        laptop = Checkout(folder / "laptop", clone_of=place(port))
        for title in measure.small_titles(100):
            laptop.write(title)
            laptop.commit()
        relay.take()
        laptop.run("sync", place(relay.port), "--once")
        yield Figure("wire-100-plain", NAME, relay.take(), note="100 check-ins of one line each")
        laptop.run("sync", place(port), "--once")
        relay.take()
        laptop.run("sync", place(relay.port), "--once")
        yield Figure("idle-bytes-plain", NAME, relay.take())
        relay.close()
        times = [laptop.timed("sync", place(port), "--once") for _ in range(runs * 3)]
        yield Figure.of_runs("idle-time-plain", NAME, times)
