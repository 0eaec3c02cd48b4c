"""Runs Waymark and the programs that a user might take instead side by side, prints a table and
writes one JSON file. README.md beside this says what it needs; docs/peers.md what came of it."""

import argparse
import json
import os
import signal
import sys

# Nothing is left beside these files, by the programs that they start either.
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
sys.dont_write_bytecode = True

import anki_sync
import fossil
import kinto_server
import measure
import ours
import taskwarrior

ROWS = {
    "add-100": ("a command that adds one, with 100 records", "ms", "less"),
    "add-100000": ("a command that adds one, with 100,000 records", "ms", "less"),
    "record-100000": (
        "100,000 records of 4 fields recorded in one transaction", "x plain insert", "less"),
    "merge-100000": ("the same merged into an empty replica", "x plain insert", "less"),
    "merge-again": ("the same again, all known", "% of the first merge", "less"),
    "disk": ("the store on disk", "x plain table", "less"),
    "wire-100-tls": ("100 changed titles sent, all bytes, with TLS", "bytes", "less"),
    "wire-100-plain": ("100 changed titles sent, all bytes, without TLS", "bytes", "less"),
    "idle-bytes-tls": ("sync with nothing to do, all bytes, with TLS", "bytes", "less"),
    "idle-bytes-plain": ("sync with nothing to do, all bytes, without TLS", "bytes", "less"),
    "idle-time-tls": ("sync with nothing to do, whole process, with TLS", "ms", "less"),
    "idle-time-plain": ("sync with nothing to do, whole process, without TLS", "ms", "less"),
    "send-10000": ("10,000 new tasks: the first device sends", "s", "less"),
    "get-10000": ("10,000 new tasks: the second gets all", "s", "less"),
    "hub": ("small syncs at the server", "a second", "more"),
}
# Not to be had from Debian's packages or PyPI, by which the others come.
MISSING = ["sqlite-sync", "cr-sqlite"]
OURS = "waymark"


def figures(names, folder, runs):
    """All figures of the programs that are wanted, as they come; a program that fails is left with
    what it has, and said."""
    plain, own = ours.records(folder, runs)
    yield from own
    parts = {
        "waymark": lambda place: ours.run(place, runs),
        "taskwarrior": lambda place: taskwarrior.run(place, runs),
        "fossil": lambda place: fossil.run(place, runs),
        "anki": lambda place: anki_sync.run(place, runs, plain),
        "kinto": lambda place: kinto_server.run(place, runs),
    }
    for name, part in parts.items():
        if names and name not in names:
            continue
        place = folder / name
        place.mkdir(mode=0o755)
        try:
            for figure in part(place):
                print(f"{figure.program}: {figure.row} {text(figure.value)}", file=sys.stderr)
                yield figure
        except (OSError, RuntimeError, AssertionError) as failure:
            print(f"{name} failed: {failure}", file=sys.stderr)


def versions():
    found = {}
    for module in (ours, taskwarrior, fossil, anki_sync, kinto_server):
        found.update(module.versions())
    return found


def ahead(found, better):
    """Who is ahead among those whose figures are of the same kind; nobody without a peer."""
    alike = [figure for figure in found if figure.alike]
    if len(alike) < 2 or all(figure.program != OURS for figure in alike):
        return None
    choose = min if better == "less" else max
    return choose(alike, key=lambda figure: figure.value).program


def text(value):
    """Three digits that count; whole numbers from 100 on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def report(found):
    rows = []
    for key, (title, unit, better) in ROWS.items():
        here = [figure for figure in found if figure.row == key]
        rows.append({
            "row": key, "title": title, "unit": unit, "better": better,
            "ahead": ahead(here, better), "figures": [figure.json() for figure in here],
        })
    return rows


def print_table(rows):
    """In the form of a page in docs/."""
    def cell(figure):
        spread = figure["spread"]
        between = f" ({text(spread[0])}–{text(spread[1])})" if spread else ""
        return text(figure["value"]) + between

    print("| work | unit | waymark | peers | ahead |\n| --- | --- | --- | --- | --- |")
    for row in rows:
        own = [cell(figure) for figure in row["figures"] if figure["program"] == OURS]
        peers = [
            f"{figure['program']} {cell(figure)}"
            for figure in row["figures"] if figure["program"] != OURS
        ]
        print(
            f"| {row['title']} | {row['unit']} | {', '.join(own) or '–'}"
            f" | {'; '.join(peers) or 'none to be had'} | {row['ahead'] or '–'} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often to measure")
    parser.add_argument("--json", default=str(measure.ROOT / ".build/peers.json"))
    parser.add_argument("--only", action="append", default=[], help="a program; may be repeated")
    options = parser.parse_args()
    # Servers are stopped and folders removed however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    for name in ("TASKRC", "TASKDATA", "TASKDDATA", "WAYMARK_HOME"):
        os.environ.pop(name, None)
    found = versions()
    with measure.scratch() as folder:
        rows = report(list(figures(options.only, folder, options.runs)))
    print_table(rows)
    print("\n" + ", ".join(f"{name} {version}" for name, version in found.items()))
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"versions": found, "missing": MISSING, "rows": rows}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
