"""What must be true in the end: every article that was published is everywhere it belongs, once.

Articles of hostile documents (their titles begin otherwise) need not be there, but not twice either.
"""
import collections
import contextlib
import json
import sqlite3

from consumers import QUEUES

SHOWN = 5


def compare(what, expected, found):
    """expected: titles; found: a Counter of titles. Returns (good, words)."""
    lost = sorted(expected - set(found))
    strange = sorted(t for t in set(found) - expected if t.startswith("Article "))
    doubled = sorted(t for t, n in found.items() if n > 1)
    words = f"{what}: {len(expected)} expected, {len(lost)} lost, {len(doubled)} doubled, {len(strange)} strange"
    for name, titles in (("lost", lost), ("doubled", doubled), ("strange", strange)):
        if titles:
            words += f"; {name}: {', '.join(titles[:SHOWN])}"
    return not (lost or doubled or strange), words


def read_articles(spool):
    """name -> title"""
    found = {}
    for path in (spool / "articles").glob("*/*.json"):
        found[path.name] = json.loads(path.read_bytes()).get("title", "")
    return found


def of_tags(tags, wanted):
    return {title for title, tagged in tags.items() if wanted is None or tagged & wanted}


def check_tags(spool, names, tags):
    """All tags in one verdict: a title counts once for each of its tags."""
    found, broken = collections.Counter(), 0
    for path in (spool / "tags").glob("*/*/*.json"):
        title = names.get(path.name)
        broken += title is None
        found[f"{title} in {path.parent.parent.name}"] += 1
    expected = {f"{title} in {tag}" for title, tagged in tags.items() for tag in tagged}
    good, words = compare("under tags", expected, found)
    return good and not broken, words + (f"; {broken} that are not in articles/" if broken else "")


def check_database(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        pending = db.execute("SELECT count(*) FROM pending").fetchone()[0]
        integrity = db.execute("PRAGMA integrity_check").fetchone()[0]
    return pending == 0 and integrity == "ok", f"database: {pending} pending, integrity {integrity}"


def verdicts(spool, database, told, consumers):
    """told: what the site says at the end. Yields (good, words)."""
    tags = told["tags"]
    names = read_articles(spool)
    yield compare("articles/", set(tags), collections.Counter(names.values()))
    yield check_tags(spool, names, tags)
    for consumer in consumers:
        good, words = compare(f"queue {consumer.queue}", of_tags(tags, QUEUES[consumer.queue][1]), consumer.seen)
        yield good and not consumer.broken, words + "".join(f"; {b}" for b in consumer.broken[:SHOWN])
    ahead = told["ahead"]
    yield not ahead, "; ".join([f"validators ahead of good answers: {len(ahead)}", *ahead[:SHOWN]])
    staged = [p.name for p in (spool / "tmp").iterdir() if not p.name.startswith(".")]
    yield not staged, f"left in tmp/: {len(staged)}"
    yield check_database(database)
