"""Following: what there is, and then what comes, each once, in the order of delivery."""
from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Iterator, List, Optional, Tuple

from ._inotify import Event, Watch
from ._names import is_day, seq_of
from ._spool import REST, Entry, scan_days

if TYPE_CHECKING:
    from ._spool import Spool

PAUSE = 1.0  # seconds between two looks without inotify
_NOWHERE = (0, 0)
_IN_VAIN_MAX = 3  # some file systems number a folder anew each time


def _place_of(path: str) -> Tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return _NOWHERE
    return found.st_dev, found.st_ino


class Follow(Iterator[Entry]):
    """Gives entries for ever, or until nothing has come for timeout seconds.

    As in libnewspool: names that inotify tells of, and a new list behind the last one given wherever there is
    doubt: another day, a folder that comes or goes, the spool itself too, more changes than the kernel keeps.
    Without inotify a new list every second, unless the folders have not changed.
    """

    def __init__(self, spool: Spool, tag: Optional[str], after: int, since: float, timeout: Optional[float],
                 inotify: bool) -> None:
        self._spool = spool
        self._tag = tag
        self._root = spool.folder(tag)
        self.after = after  # the sequence of the last one given
        self._since = since
        self._timeout = timeout
        self._watch = Watch(inotify)
        self._above: List[Optional[int]] = []
        self._root_folder: Optional[int] = None
        self._day_folder: Optional[int] = None
        self._day = ""
        self._list: Optional[Iterator[Entry]] = None
        self._events: Iterator[Event] = iter(())
        self._look = True
        self._looked = 0
        self._place = _place_of(spool.path)
        self._in_vain = 0

    def close(self) -> None:
        self._watch.close()

    def __enter__(self) -> Follow:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_watch"):
            self._watch.close()

    def fileno(self) -> int:
        """For select(): when it can be read, call next_now() until it gives None. -1: there is none now."""
        return -1 if self._watch.fd is None or self._place == _NOWHERE else self._watch.fd

    def __next__(self) -> Entry:
        end = None if self._timeout is None else time.monotonic() + self._timeout
        while True:
            entry = self.next_now()
            if entry:
                return entry
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise StopIteration
            self._watch.wait(left, PAUSE, self._place != _NOWHERE)

    def next_now(self) -> Optional[Entry]:
        """The next entry, or None when there is none for now."""
        if self.fileno() < 0 and self._list is None and self._may_have_changed():
            self._look = True
        while True:
            if self._look:
                self._look_again()
            entry = next(self._list, None) if self._list is not None else None
            if entry is None:
                self._list = None
                entry = self._next_event()
            if entry is not None:
                self.after = entry.seq
                return entry
            if not self._look:
                return None

    def _path(self, *parts: str) -> str:
        return os.path.join(self._spool.path, self._root, *parts)

    def _look_again(self) -> None:
        """Watches are set before the list is made, so what comes after it was read is told of."""
        for folder in (self._day_folder, self._root_folder, *self._above):
            self._watch.remove(folder)
        self._day_folder = None
        self._looked = int(time.time())
        self._place = _place_of(self._spool.path)
        self._watch_root()
        gone = _place_of(self._spool.path) != self._place  # before we would have been told
        self._in_vain = self._in_vain + 1 if gone else 0
        self._look = 0 < self._in_vain <= _IN_VAIN_MAX
        days = scan_days(self._path())
        self._day = days[-1] if days else ""
        if self._day:
            self._day_folder = self._watch.add(self._path(self._day))
        self._list = self._spool.list(self._tag, self.after, self._since)

    def _watch_root(self) -> None:
        self._above = [self._watch.add(self._spool.path)]
        self._root_folder = self._watch.add(self._path())
        if self._root_folder is None:  # not there: what leads to it; and what tells of a spool that others hold open
            holder = os.path.dirname(os.path.abspath(self._spool.path))
            self._above += [self._watch.add(holder, holder=True) if os.access(holder, os.R_OK) else None,
                            self._watch.add(os.path.join(self._spool.path, "tags")),
                            self._watch.add(os.path.join(self._spool.path, "articles"))]
            self._root_folder = self._watch.add(self._path())

    def _next_event(self) -> Optional[Entry]:
        while True:
            event = next(self._events, None)
            if event is None:
                self._events = self._watch.events()
                event = next(self._events, None)
            if event is None:
                return None
            if event.lost:
                self._look = True
                return None
            if event.folder not in (self._root_folder, self._day_folder, *self._above):
                continue  # said before that watch was removed
            if event.folder == self._day_folder and event.arrived and not event.is_folder:
                seq = seq_of(event.name)
                if seq > self.after:
                    path = f"{self._root}/{self._day}/{event.name}"
                    return Entry(seq, event.name, self._day, path, self._spool)
            elif event.gone or (event.arrived and event.is_folder
                                and (event.folder != self._root_folder or is_day(event.name))):
                self._look = True
                return None

    def _may_have_changed(self) -> bool:
        try:
            return (not self._day or _place_of(self._spool.path) != self._place
                    or any(int(os.stat(path).st_mtime) >= self._looked - REST
                           for path in (self._path(), self._path(self._day))))
        except OSError:
            return True
