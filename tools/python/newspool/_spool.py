"""The spool: listing and reading."""
from __future__ import annotations

import errno
import json
import math
import os
import stat
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, NoReturn, Optional, Tuple, Union

from ._names import day_of, is_day, seq_of
from ._slugs import is_slug

if TYPE_CHECKING:
    from ._cursor import Cursor
    from ._follow import Follow
    from ._queue import Queue

Record = Dict[str, Any]
RECORD_MAX = 256 * 1024 * 1024
REST = 10  # seconds: a folder that has not changed for so long is at rest
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class NotARecord(ValueError):
    """A file that is no article of a schema that is known."""


def read_file(path: str) -> bytes:
    """A file's bytes. FileNotFoundError: it has gone, to be passed over; NotARecord: it is none, or too large."""
    try:
        fd = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, a socket
            raise NotARecord(path) from None
        raise
    with open(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise NotARecord(path)
        data = file.read(RECORD_MAX + 1)
    if len(data) > RECORD_MAX:
        raise NotARecord(path)
    return data


def read_line(path: str) -> bytes:
    """The record's line. FileNotFoundError and NotARecord as above."""
    line = read_file(path)
    if not line or line.find(b"\n") != len(line) - 1:
        raise NotARecord(path)
    return line


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _integer(text: str) -> int:
    number = int(text) if len(text) < 30 else _refuse(text)
    return number if -2 ** 63 <= number < 2 ** 63 else _refuse(text)


def _real(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _texts(value: Any) -> Iterator[str]:
    """All that is written in it, members' names too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for part in value:
            yield from _texts(part)
            if isinstance(value, dict):
                yield from _texts(value[part])


_strict = json.JSONDecoder(parse_constant=_refuse, parse_int=_integer, parse_float=_real)


def parse(line: bytes, path: str = "") -> Record:
    """JSON as libnewspool takes it, which is a little stricter than Python is by itself."""
    try:
        record = _strict.decode(line.decode("utf-8"))
        if b"\\u" in line and any("\0" in text for text in _texts(record) if text.encode("utf-8")):
            raise NotARecord(path)
        schema = record["_newspool"]["schema"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotARecord(path) from None
    if not isinstance(record, dict) or type(schema) is not int or schema != 1:
        raise NotARecord(path)
    return record


@dataclass(frozen=True)
class Entry:
    """One delivered article: its sequence, its name, its day, and its path relative to the spool."""

    seq: int
    name: str
    day: str
    path: str
    spool: Spool = field(repr=False, compare=False)

    def line(self) -> bytes:
        """The record as it is: one line of JSON. FileNotFoundError: retention has removed it; NotARecord."""
        return read_line(os.path.join(self.spool.path, self.path))

    def record(self) -> Record:
        """The same, parsed."""
        return parse(self.line(), self.path)


def _scan(folder: str) -> Tuple[List[str], float]:
    try:
        names = os.listdir(folder)
        return names, os.stat(folder).st_mtime
    except (FileNotFoundError, NotADirectoryError):
        return [], 0.0


def scan_names(folder: str) -> List[str]:
    """The articles in a folder by sequence; nothing below what is given is missing, though more may be coming.

    Reading a folder may miss a file that comes meanwhile and still give a later one. So of a folder that may be
    changing only what is not above the highest of a first reading is taken from a second one.
    """
    found, changed = _scan(folder)
    names = [name for name in found if seq_of(name)]
    if names and not changed < int(time.time()) - REST:
        last = max(seq_of(name) for name in names)
        names = [name for name in _scan(folder)[0] if 0 < seq_of(name) <= last]
    return sorted(names)


def scan_days(folder: str) -> List[str]:
    return sorted(name for name in _scan(folder)[0] if is_day(name))


class Spool:
    """A spool directory. Objects made of it may be used side by side; one object is for one thread."""

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        self.path = os.fspath(path)
        if not os.path.isdir(os.path.join(self.path, "articles")):
            os.stat(self.path)
            raise ValueError(f"{self.path}: not a spool: there is no articles/ in it")

    def folder(self, tag: Optional[str] = None) -> str:
        """Relative to the spool: the folder that holds the days of a tag, or of all articles."""
        if tag is None:
            return "articles"
        if not is_slug(tag):
            raise ValueError(f"not a tag: {tag!r}")
        return "tags/" + tag

    def list(self, tag: Optional[str] = None, after: int = 0, since: float = 0, until: float = 0,
             newest_first: bool = False) -> Iterator[Entry]:
        """The articles in the order of delivery: above a sequence, delivered since a time or before one.

        Nothing is passed over: when an entry was given, everything delivered before it has been, so its seq may
        be kept as `after` for the next time.
        """
        folder = self.folder(tag)
        return self._list(folder, after, int(since), int(until), newest_first)

    def _list(self, folder: str, after: int, since: int, until: int, newest_first: bool) -> Iterator[Entry]:
        days = scan_days(os.path.join(self.path, folder))
        if since > 0:
            days = [day for day in days if day >= day_of(since - 24 * 3600)]
        if until > 0:
            days = [day for day in days if day <= day_of(until)]
        if after > 0 and not newest_first:
            days = self._skip_days(folder, days, after)
        for day in reversed(days) if newest_first else days:
            place = f"{folder}/{day}"
            names = scan_names(os.path.join(self.path, place))
            first = self._first_since(place, names, since) if since > 0 else 0
            last = self._first_since(place, names, until) if until > 0 else len(names)
            ends = newest_first and bool(names) and seq_of(names[0]) <= after
            names = [name for name in names[first:last] if seq_of(name) > after]
            for name in reversed(names) if newest_first else names:
                yield Entry(seq_of(name), name, day, f"{place}/{name}", self)
            if ends:
                return  # what comes next ends before it

    def _skip_days(self, folder: str, days: List[str], after: int) -> List[str]:
        """Without the days that end before the sequence; later days hold later articles.

        Who follows stands in the newest day, so that is looked at first, and the days before it by halves.
        """
        first, low, high, at = 0, 0, len(days), len(days) - 1
        while low < high:
            names = scan_names(os.path.join(self.path, folder, days[at]))
            while not names and at > low:
                at -= 1
                names = scan_names(os.path.join(self.path, folder, days[at]))
            if names and seq_of(names[0]) <= after:
                first, low = at, at + 1
            else:
                high = at
            at = (low + high) // 2
        return days[first:]

    def _first_since(self, place: str, names: List[str], when: int) -> int:
        low, high = 0, len(names)
        while low < high:
            middle = (low + high) // 2
            try:
                early = int(os.lstat(os.path.join(self.path, place, names[middle])).st_mtime) < when
            except OSError:
                early = True  # it has gone: it was old
            low, high = (middle + 1, high) if early else (low, middle)
        return low

    def find(self, seq: int) -> Optional[Entry]:
        """The article of a sequence; None: it is not there, or not any more."""
        for entry in self.list(after=seq - 1):
            return entry if entry.seq == seq else None
        return None

    def tags(self) -> List[str]:
        return sorted(name for name in _scan(os.path.join(self.path, "tags"))[0] if is_slug(name))

    def queues(self) -> List[str]:
        return sorted(name for name in _scan(os.path.join(self.path, "queues"))[0] if is_slug(name))

    def follow(self, tag: Optional[str] = None, after: int = 0, since: float = 0, timeout: Optional[float] = None,
               inotify: bool = True) -> Follow:
        """What list() gives, and then what comes, for ever or until nothing has come for timeout seconds."""
        from ._follow import Follow
        return Follow(self, tag, after, since, timeout, inotify)

    def cursor(self, name: str) -> Cursor:
        """Where a consumer of this name stands."""
        from ._cursor import Cursor
        return Cursor(self, name)

    def queue(self, name: str, consumer: Optional[str] = None) -> Queue:
        """A queue to take from; consumer stands in the names of claims."""
        from ._queue import Queue
        return Queue(self, name, consumer)
