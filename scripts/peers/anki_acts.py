"""What a person does in Anki, as a program that uses Anki's library: run by the Python that has it.

    python anki_acts.py ACT COLLECTION [WORDS…]

prints one JSON object with what it took."""

import contextlib
import json
import sys
import time

from anki.collection import AddNoteRequest, Collection

import measure

FIELDS = ["Title", "Status", "Due", "Skill"]


def opened(file):
    collection = Collection(file)
    if collection.models.by_name("Task") is None:
        models = collection.models
        kind = models.new("Task")
        for name in FIELDS:
            models.add_field(kind, models.new_field(name))
        card = models.new_template("Card 1")
        card["qfmt"], card["afmt"] = "{{Title}}", "{{Due}} {{Skill}}"
        models.add_template(kind, card)
        models.add_dict(kind)
    return collection


def milliseconds(act):
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def requests(collection, rows):
    kind = collection.models.by_name("Task")
    for row in rows:
        note = collection.new_note(kind)
        note.fields = [str(value) for value in row]
        yield AddNoteRequest(note=note, deck_id=1)


def fill(collection, count):
    """Adds many notes at once, which Anki does in one transaction."""
    notes = list(requests(collection, measure.tasks(int(count))))
    return {"milliseconds": milliseconds(lambda: collection.add_notes(notes))}


def add(collection):
    """Adds one note."""
    (note,) = requests(collection, measure.tasks(1))
    return {"milliseconds": milliseconds(lambda: collection.add_note(note.note, note.deck_id))}


def nothing(_):
    return {}


def edit(collection):
    """Gives 100 notes new titles, one by one."""
    for title, number in zip(measure.small_titles(100), collection.find_notes("")):
        note = collection.get_note(number)
        note["Title"] = title
        collection.update_note(note)
    return {}


def login(collection, endpoint, name):
    return collection.sync_login(name, "secret", endpoint)


def sync_with(collection, auth):
    result = collection.sync_collection(auth, False)
    if result.required == result.NO_CHANGES:
        return
    # Only the first sync of a device takes or brings the whole file.
    upload = result.required == result.FULL_UPLOAD
    collection.close_for_full_sync()
    collection.full_upload_or_download(auth=auth, server_usn=None, upload=upload)
    collection.reopen(after_full_sync=True)


def sync(collection, endpoint, name):
    """Syncs as a running Anki does, which has logged in before; says how often there is what."""
    auth = login(collection, endpoint, name)
    took = milliseconds(lambda: sync_with(collection, auth))
    return {"milliseconds": took, "notes": collection.note_count()}


def sync_many(collection, endpoint, name, count):
    """Syncs again and again with nothing to do."""
    auth = login(collection, endpoint, name)
    return {"all": [milliseconds(lambda: sync_with(collection, auth)) for _ in range(int(count))]}


def sync_relayed(collection, endpoint, name, relayed):
    """Logs in past the relay, so that only the sync itself is counted there."""
    auth = login(collection, endpoint, name)
    auth.endpoint = relayed
    return {"milliseconds": milliseconds(lambda: sync_with(collection, auth))}


def load(collection, endpoint, name, seconds):
    """Adds a note and syncs, again and again."""
    auth = login(collection, endpoint, name)
    sync_with(collection, auth)
    end, count = time.monotonic() + int(seconds), 0
    while time.monotonic() < end and count < 100_000:
        add(collection)
        sync_with(collection, auth)
        count += 1
    return {"count": count}


ACTS = {
    act.__name__.replace("_", "-"): act
    for act in (fill, add, nothing, edit, sync, sync_many, sync_relayed, load)
}

if __name__ == "__main__":
    # Anki prints what it thinks of slow calls.
    with contextlib.redirect_stdout(sys.stderr):
        current = opened(sys.argv[2])
        answer = ACTS[sys.argv[1]](current, *sys.argv[3:])
        current.close()
    print(json.dumps(answer))
