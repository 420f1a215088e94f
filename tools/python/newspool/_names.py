"""Names in a spool: articles, days, claims. Slugs are in _slugs.py."""
import datetime
import re
from typing import Optional, Tuple

SEQ_MAX = 10 ** 16 - 1
_NAME = re.compile(r"([0-9]{16})-[0-9a-f]{16}\.json")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_QUEUED = re.compile(r"([0-9]{16})-[0-9a-f]{16}\.(?:json|eml)")
_CLAIM = re.compile(r"([0-9]{16}-[0-9a-f]{16}\.(?:json|eml))(?:,([0-9]{1,12}),([0-9A-Za-z._-]{1,32}))?")
_ID = re.compile(r"[0-9A-Za-z._-]{1,32}")


def seq_of(name: str) -> int:
    """The sequence of an article's name; 0 for what is none."""
    found = _NAME.fullmatch(name)
    return int(found.group(1)) if found else 0


def queued_seq_of(name: str) -> int:
    """The same of a name in a queue, where messages end in ".eml"."""
    found = _QUEUED.fullmatch(name)
    return int(found.group(1)) if found else 0


def is_day(name: str) -> bool:
    found = _DAY.fullmatch(name)
    if not found:
        return False
    try:
        datetime.date(*map(int, found.groups()))
    except ValueError:
        return False
    return True


def day_of(seconds: float) -> str:
    """The day of a time, limited to the years that have four digits."""
    first, last = -62135596800, 253402300799
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(min(max(seconds, first), last)))
    return f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}"


def claim_of(file: str) -> Optional[Tuple[str, Optional[int]]]:
    """The article's name and when it was claimed (None: not said) of a file in cur/; None for what is neither."""
    found = _CLAIM.fullmatch(file)
    if not found or not queued_seq_of(found.group(1)):
        return None
    return found.group(1), int(found.group(2)) if found.group(2) else None


def is_claimant(name: str) -> bool:
    return bool(_ID.fullmatch(name))
