"""Reads the spool of newspoold, with nothing but the standard library.

    from newspool import Spool

    spool = Spool("/var/spool/newspool")
    cursor = spool.cursor("titles")
    for entry in spool.follow(after=cursor.read(), tag="technology-news"):
        print(entry.record()["title"])
        cursor.ack(entry.seq)

What a spool is, and what it promises, is said in newspool-spool(5); this module does as libnewspool(3) does.
"""
from ._cursor import Cursor
from ._follow import Follow
from ._slugs import is_slug
from ._queue import Claim, Queue
from ._spool import Entry, NotARecord, Record, Spool

__version__ = "0.1.0"
__all__ = ["Claim", "Cursor", "Entry", "Follow", "NotARecord", "Queue", "Record", "Spool", "is_slug"]
