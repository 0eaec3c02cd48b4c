"""Kinto as its documentation says for production: uWSGI before PostgreSQL, accounts with passwords.

It is a server only. What a laptop would do is done by a short client here, over HTTP as it is
documented: batches of as many requests as the server takes by default, 25."""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import time

import measure
from measure import Figure

NAME = "kinto"
PYTHON = pathlib.Path(os.environ.get("PEERS_PYTHON", measure.ROOT / ".build/peers/bin/python"))
BATCH = 25
PLACE = "/v1/buckets/programme/collections/tasks/records"


def postgresql_program(name):
    folder = sorted(pathlib.Path("/usr/lib/postgresql").glob("*"))[-1] / "bin"
    return folder / name


def versions():
    code = "import importlib.metadata as m; print(m.version('kinto'), m.version('uwsgi'))"
    kinto, uwsgi = measure.output([PYTHON, "-c", code]).split()
    postgresql = measure.output([postgresql_program("postgres"), "--version"])
    return {
        "kinto": kinto, "uwsgi": uwsgi, "postgresql": re.search(r"[0-9.]+", postgresql)[0],
    }


@contextlib.contextmanager
def postgresql(folder):
    """A database server with its default settings, which flush at each commit."""
    port, data = measure.free_port(), folder / "postgresql"
    data.mkdir()
    become = []
    if os.geteuid() == 0:
        # It refuses to run as root.
        shutil.chown(data, "postgres", "postgres")
        become = ["runuser", "-u", "postgres", "--"]
    measure.output(
        [*become, postgresql_program("initdb"), "-D", data, "-U", "postgres", "-A", "trust",
         "-E", "UTF8", "--locale", "C.UTF-8"], cwd=data)
    words = [
        *become, postgresql_program("postgres"), "-D", data, "-p", port, "-k", data,
        "-c", "listen_addresses=127.0.0.1", "-c", "timezone=UTC",
    ]
    with measure.server(words, port, folder / "postgresql.log", cwd=data) as process:
        yield port, process


@contextlib.contextmanager
def kinto(folder, runs_on=4):
    with postgresql(folder) as (database, database_process):
        url, ini = f"postgresql://postgres@127.0.0.1:{database}/postgres", folder / "kinto.ini"
        measure.output([
            PYTHON.with_name("kinto"), "init", "--ini", ini, "--backend", "postgresql",
            "--cache-backend", "postgresql", "--host", "127.0.0.1"])
        text = ini.read_text().replace("postgresql://postgres:postgres@localhost/postgres", url)
        # As its documentation has it for production: it says less.
        text = re.sub(r"level = (INFO|DEBUG)", "level = WARNING", text)
        port = measure.free_port()
        ini.write_text(text.replace("%(http_port)s", str(port)))
        measure.output([PYTHON.with_name("kinto"), "migrate", "--ini", ini])
        program = folder / "app.py"
        program.write_text(
            "from kinto import main\nfrom pyramid.paster import get_appsettings\n"
            f"application = main({{}}, **get_appsettings('{ini}', 'main'))\n")
        words = [
            PYTHON.with_name("uwsgi"), "--http-socket", f"127.0.0.1:{port}", "--wsgi-file", program,
            "--master", "--lazy-apps", "--processes", str(runs_on), "--die-on-term",
            "--disable-logging", "--listen", "100", "--virtualenv", PYTHON.parents[1],
        ]
        with measure.server(words, port, folder / "kinto.log") as process:
            yield port, process, database_process


class Client:
    """One member with an account. uWSGI ends a connection after each answer."""

    def __init__(self, port, name):
        self.name = name
        word = base64.b64encode(f"{name}:secret".encode()).decode()
        self.headers = {
            "Authorization": f"Basic {word}", "Content-Type": "application/json",
            "Connection": "close",
        }
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, method, path, body=None, headers=None, accepts=(200, 201)):
        text = None if body is None else json.dumps(body, separators=(",", ":"))
        self.connection.request(method, path, text, {**self.headers, **(headers or {})})
        answer = self.connection.getresponse()
        data = answer.read()
        self.connection.close()
        if answer.status not in accepts:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:300]}")
        return answer, data

    def make_account(self, port):
        body = json.dumps({"data": {"password": "secret"}})
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request(
            "PUT", f"/v1/accounts/{self.name}", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status not in (200, 201):
            raise RuntimeError(f"account: {answer.status} {answer.read()[:300]}")

    def batch(self, method, items):
        """Sends requests 25 at a time; each must succeed."""
        bodies = []
        for start in range(0, len(items), BATCH):
            requests = [
                {"method": method, "path": path, "body": {"data": data}}
                for path, data in items[start:start + BATCH]
            ]
            _, text = self.ask("POST", "/v1/batch", {"requests": requests})
            answers = json.loads(text)["responses"]
            if any(answer["status"] not in (200, 201) for answer in answers):
                raise RuntimeError(f"batch: {answers[0]}")
            bodies += [answer["body"]["data"]["id"] for answer in answers]
        return bodies


def record(row):
    return dict(zip(("title", "status", "due", "skill"), row))


def run(folder, runs):
    with kinto(folder) as (port, process, database):
        admin = Client(port, "admin")
        admin.make_account(port)
        admin.ask("PUT", "/v1/buckets/programme", {
            "permissions": {"write": ["system.Authenticated"]}})
        admin.ask("PUT", "/v1/buckets/programme/collections/tasks", {})
        ana = Client(port, "ana")
        ana.make_account(port)
        yield from wire_and_idle(port, ana)
        yield from many(ana, runs)
        yield from load(folder, port, [process, database], 10)


def wire_and_idle(port, ana):
    made = ana.batch("POST", [(PLACE, record(row)) for row in measure.tasks(100)])
    relay = measure.CountingRelay(port)
    relayed = Client(relay.port, "ana")
    relayed.batch("PATCH", [
        (f"{PLACE}/{number}", {"title": title})
        for number, title in zip(made, measure.small_titles(100))
    ])
    yield Figure("wire-100-plain", NAME, relay.take(), note="4 batches of 25, answers included")
    answer, _ = ana.ask("GET", PLACE)
    tag = answer.getheader("ETag")
    relayed = Client(relay.port, "ana")
    relayed.ask(
        "GET", f"{PLACE}?_since={tag.strip(chr(34))}", headers={"If-None-Match": tag},
        accepts=(304,))
    yield Figure("idle-bytes-plain", NAME, relay.take(), note="one conditional GET")
    relay.close()


def many(ana, runs):
    sending, getting = [], []
    # It takes a minute and more.
    for index in range(min(runs, 1)):
        place = f"/v1/buckets/programme/collections/many{index}"
        ana.ask("PUT", place, {})
        items = [(place + "/records", record(row)) for row in measure.tasks(10_000)]
        start = time.perf_counter()
        ana.batch("POST", items)
        middle = time.perf_counter()
        _, text = ana.ask("GET", place + "/records")
        count = len(json.loads(text)["data"])
        getting.append(time.perf_counter() - middle)
        sending.append(middle - start)
        assert count == 10_000, f"{count} records arrived"
    yield Figure.of_runs("send-10000", NAME, sending, "a running Python program, no TLS")
    yield Figure.of_runs(
        "get-10000", NAME, getting, "one answer, and nothing is stored at the getter", alike=False)


def load(folder, port, processes, seconds):
    """New records of 20 members on several connections, by wrk, which takes little of the same
    cores. The best of several numbers of connections. Each member has a collection: in one
    collection Kinto refuses a record in the same millisecond as another with 409."""
    clients = [Client(port, f"load{index}") for index in range(20)]
    for client in clients:
        client.make_account(port)
        client.ask("PUT", f"/v1/buckets/programme/collections/{client.name}", {})
    words = ", ".join(
        f'{{"{PLACE.replace("tasks", client.name)}", "{client.headers["Authorization"]}"}}'
        for client in clients)
    script = folder / "load.lua"
    script.write_text(f"""
local members, count = {{ {words} }}, 0
function request()
  count = count + 1
  local member = members[count % #members + 1]
  local body = string.format(
    '{{"data":{{"title":"Read one chapter of the book (%d)","status":1,"due":1800000000,' ..
    '"skill":"writing"}}}}', count)
  return wrk.format("POST", member[1], {{
    ["Authorization"] = member[2], ["Content-Type"] = "application/json" }}, body)
end
""")
    best = None
    for connections in (4, 16, 64):
        before = sum(measure.processor_seconds(process.pid) for process in processes)
        with measure.precedence():
            text = measure.output([
                "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script,
                f"http://127.0.0.1:{port}"])
        cpu = sum(measure.processor_seconds(process.pid) for process in processes) - before
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        count = int(re.search(r"(\d+) requests in", text)[1]) - int(refused[1] if refused else 0)
        rate = count / seconds
        if best is None or rate > best[0]:
            best = (rate, connections, cpu * 1000 / max(1, count))
    rate, connections, cpu = best
    yield Figure(
        "hub", NAME, rate,
        note=f"{connections} connections, the best of 4, 16 and 64; {cpu:.2f} ms of the servers'"
        " processor time each; PostgreSQL flushes each; no TLS")
