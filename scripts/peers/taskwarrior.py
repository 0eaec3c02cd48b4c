"""taskwarrior 2 with its server, taskd, as their manuals say."""

import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import time
import uuid

import measure
from measure import Figure

NAME = "taskwarrior"


def versions():
    return {
        "taskwarrior": measure.output(["task", "--version"]).strip(),
        "taskd": re.search(r"taskd ([0-9.]+)", measure.output(["taskd", "--version"]))[1],
    }


class Home:
    """A folder with tasks, and optionally a server to sync with."""

    def __init__(self, folder, account=None):
        folder.mkdir(parents=True)
        self.data, self.account = folder / "data", account
        self.data.mkdir()
        lines = [
            f"data.location={self.data}", "confirmation=off", "verbose=nothing",
            "uda.skill.type=string",
        ]
        if account:
            lines += [
                f"taskd.certificate={account.keys}/client.cert.pem",
                f"taskd.key={account.keys}/client.key.pem", f"taskd.ca={account.keys}/ca.cert.pem",
                f"taskd.credentials={account.credentials}", "taskd.trust=ignore hostname",
            ]
        (folder / "taskrc").write_text("\n".join(lines) + "\n")
        self.environment = {**os.environ, "TASKRC": str(folder / "taskrc"), "HOME": str(folder)}

    def words(self, *words, port=None):
        place = [f"rc.taskd.server=127.0.0.1:{port or self.account.port}"] if self.account else []
        return ["task", *place, *words]

    def run(self, *words, port=None):
        return measure.output(self.words(*words, port=port), env=self.environment)

    def timed(self, *words):
        return measure.timed(self.words(*words), env=self.environment)

    def write(self, rows):
        """Puts tasks into the file where `task` keeps them, in its own form; an import of 100,000
        would take minutes."""
        with open(self.data / "pending.data", "a", encoding="utf-8") as file:
            for title, _, due, skill in rows:
                file.write(
                    f'[description:"{title}" due:"{due}" entry:"1790000000" modified:"1790000000"'
                    f' skill:"{skill}" status:"pending" uuid:"{uuid.uuid4()}"]\n')

    def import_file(self, rows, file):
        """What `task import` reads."""
        form = "%Y%m%dT%H%M%SZ"
        with open(file, "w", encoding="utf-8") as out:
            for title, _, due, skill in rows:
                out.write(json.dumps({
                    "description": title, "status": "pending", "uuid": str(uuid.uuid4()),
                    "entry": "20261101T100000Z", "due": time.strftime(form, time.gmtime(due)),
                    "skill": skill,
                }) + "\n")
        return file


class Account:
    def __init__(self, keys, port, credentials):
        self.keys, self.port, self.credentials = keys, port, credentials


class Taskd:
    """The server with certificates of its own, made by the scripts that come with it."""

    def __init__(self, folder):
        self.folder, self.port = folder, measure.free_port()
        self.data, self.keys = folder / "taskd", folder / "pki"
        self.data.mkdir(parents=True)
        shutil.copytree("/usr/share/taskd/pki", self.keys)
        measure.output(["./generate"], cwd=self.keys)
        self._taskd("init")
        for name, value in {
            "client.cert": "client.cert.pem", "client.key": "client.key.pem",
            "server.cert": "server.cert.pem", "server.key": "server.key.pem",
            "server.crl": "server.crl.pem", "ca.cert": "ca.cert.pem",
        }.items():
            self._taskd("config", "--force", name, self.keys / value)
        self._taskd("config", "--force", "server", f"127.0.0.1:{self.port}")
        self._taskd("config", "--force", "log", folder / "taskd.log")
        # One million bytes by default; 10,000 tasks are more.
        self._taskd("config", "--force", "request.limit", "100000000")
        self._taskd("add", "org", "Peers")

    def _taskd(self, verb, *words):
        return measure.output(["taskd", verb, "--data", self.data, *words])

    def account(self, name):
        key = self._taskd("add", "user", "Peers", name).split("key:")[1].split()[0]
        return Account(self.keys, self.port, f"Peers/{name}/{key}")

    def served(self):
        return measure.server(
            ["taskd", "server", "--data", self.data], self.port, self.folder / "server.log")


def run(folder, runs):
    yield from adding(folder, runs)
    yield from disk(folder)
    taskd = Taskd(folder)
    with taskd.served() as process:
        yield from wire_and_idle(folder, taskd, runs)
        yield from many(folder, taskd, runs)
        accounts = [taskd.account(f"load{index}") for index in range(4)]
        yield measure.load_figure(
            NAME, runs, lambda: load(taskd, process, accounts, 10),
            "4 clients; TLS with client certificates; not flushed")


def adding(folder, runs):
    for count in (100, 100_000):
        home = Home(folder / f"add-{count}")
        home.write(measure.tasks(count))
        home.run("add", "Read one chapter")
        times = [home.timed("add", "Read one chapter") for _ in range(runs * 3)]
        yield Figure.of_runs(f"add-{count}", NAME, times, "flushes its files (fdatasync)")


def disk(folder):
    home = Home(folder / "disk")
    rows = measure.tasks(10_000)
    home.run("import", home.import_file(rows, folder / "disk.json"))
    plain = measure.plain_table_bytes(rows, folder)
    ratio = measure.folder_bytes(home.data) / plain
    yield Figure("disk", NAME, ratio, note="10,000 tasks, with what is to be synced and undone")


def wire_and_idle(folder, taskd, runs):
    home = Home(folder / "small", taskd.account("small"))
    titles = measure.small_titles(100)
    home.run("import", home.import_file(measure.tasks(100), folder / "small.json"))
    home.run("sync", "init")
    for index, title in enumerate(titles):
        home.run(str(index + 1), "modify", f"description:{title}")
    relay = measure.CountingRelay(taskd.port)
    home.run("sync", port=relay.port)
    yield Figure("wire-100-tls", NAME, relay.take())
    home.run("sync")
    relay.take()
    home.run("sync", port=relay.port)
    yield Figure("idle-bytes-tls", NAME, relay.take())
    relay.close()
    yield Figure.of_runs("idle-time-tls", NAME, [home.timed("sync") for _ in range(runs * 3)])


def many(folder, taskd, runs):
    sending, getting = [], []
    for index in range(runs):
        account = taskd.account(f"many{index}")
        first, second = (Home(folder / f"many-{index}-{n}", account) for n in (1, 2))
        for home in (first, second):
            home.run("sync", "init")
        first.run("import", first.import_file(measure.tasks(10_000), folder / "many.json"))
        sending.append(first.timed("sync") / 1000)
        getting.append(second.timed("sync") / 1000)
        lines = (second.data / "pending.data").read_text().count("\n")
        assert lines == 10_000, f"{lines} tasks arrived"
    yield Figure.of_runs("send-10000", NAME, sending)
    yield Figure.of_runs("get-10000", NAME, getting)


def load(taskd, process, accounts, seconds):
    """Small syncs one after the other from several connections at once, without `task`: only the
    server and its protocol. As `task sync` does, each opens a connection."""
    before = measure.processor_seconds(process.pid)
    with measure.precedence():
        clients = [
            subprocess.Popen(
                [sys.executable, __file__, account.credentials, str(account.keys), str(taskd.port),
                 str(seconds)], stdout=subprocess.PIPE, text=True)
            for account in accounts
        ]
    count = sum(int(client.communicate()[0]) for client in clients)
    cpu = (measure.processor_seconds(process.pid) - before) * 1000 / max(1, count)
    return count / seconds, cpu


def sync_once(context, port, credentials, key, task):
    """One sync as `task` does it, and the key for the next one."""
    organisation, user, secret = credentials.split("/")
    head = (
        f"client: task 2.6.2\ntype: sync\norg: {organisation}\nuser: {user}\nkey: {secret}\n"
        "protocol: v1\n\n")
    body = (head + json.dumps(task) + "\n" + (key + "\n" if key else "")).encode()
    with socket.create_connection(("127.0.0.1", port)) as plain:
        with context.wrap_socket(plain) as connection:
            connection.sendall(struct.pack(">L", len(body) + 4) + body)
            data = b""
            while len(data) < 4 or len(data) < struct.unpack(">L", data[:4])[0]:
                data += connection.recv(1 << 16)
    text = data[4:].decode()
    head, rest = text.split("\n\n", 1)
    if "code: 200" not in head and "code: 201" not in head:
        raise RuntimeError(head)
    keys = [line for line in rest.split("\n") if line and not line.startswith("{")]
    return keys[0] if keys else key


def client(credentials, keys, port, seconds):
    context = ssl.create_default_context(cafile=f"{keys}/ca.cert.pem")
    context.check_hostname = False
    context.load_cert_chain(f"{keys}/client.cert.pem", f"{keys}/client.key.pem")
    rows = measure.tasks(1000)
    key, count, end = "", 0, time.monotonic() + int(seconds)
    while time.monotonic() < end and count < 100_000:
        title, _, due, skill = rows[count % 1000]
        key = sync_once(context, int(port), credentials, key, {
            "description": title, "status": "pending", "uuid": str(uuid.uuid4()),
            "entry": "20261101T100000Z", "modified": "20261101T100000Z",
            "due": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(due)), "skill": skill,
        })
        count += 1
    print(count)


if __name__ == "__main__":
    client(*sys.argv[1:])
