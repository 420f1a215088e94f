"""Queues: articles to be taken, each by one of any number of processes."""
from __future__ import annotations

import email
import email.policy
import errno
import os
import socket
import time
from email.message import EmailMessage
from typing import TYPE_CHECKING, Iterator, List, Optional

from ._inotify import Watch
from ._names import claim_of, is_claimant, queued_seq_of
from ._slugs import is_slug
from ._spool import Record, parse, read_file, read_line

if TYPE_CHECKING:
    from ._spool import Spool

PAUSE = 1.0  # seconds between two looks without inotify


class Claim:
    """An article that is ours. Leaving the block ends it: done, or given back after an exception.

        with queue.claim() as claim:
            index(claim.record())
    """

    def __init__(self, queue: Queue, file: str) -> None:
        self.queue = queue
        self._file = file
        self.name = file.split(",")[0]
        self.seq = queued_seq_of(self.name)

    @property
    def path(self) -> str:
        return os.path.join(self.queue.path, "cur", self._file)

    def line(self) -> bytes:
        """The record as it is; NotARecord in a queue of mail."""
        return read_line(self.path)

    def record(self) -> Record:
        """The same, parsed."""
        return parse(self.line(), self.path)

    def message(self) -> EmailMessage:
        """In a queue of format rfc5322: the message, parsed."""
        message = email.message_from_bytes(read_file(self.path), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message

    def finish(self) -> None:
        """The work is done. FileNotFoundError: the claim was reaped meanwhile, another may have done it."""
        os.unlink(self.path)

    def release(self) -> None:
        """Back into the queue."""
        self.queue._put_back(self._file, self.name)

    def renew(self) -> None:
        """The work goes on: the claim is as new."""
        file = self.queue._claim_file(self.name)
        if file == self._file:
            os.stat(self.path)
        else:
            _rename(self.path, os.path.join(self.queue.path, "cur", file))
        self._file = file

    def __enter__(self) -> Claim:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.finish()
        else:
            self.release()


def _rename(old: str, new: str) -> None:
    """Renaming one link of a file over another does nothing and says it succeeded: so look first."""
    if os.path.lexists(new):
        os.stat(old, follow_symlinks=False)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
    os.rename(old, new)


class Queue:
    def __init__(self, spool: Spool, name: str, consumer: Optional[str] = None) -> None:
        if not is_slug(name):
            raise ValueError(f"not the name of a queue: {name!r}")
        if consumer is None:
            host = "".join(c for c in socket.gethostname()[:19] if is_claimant(c))
            consumer = f"{host}.{os.getpid()}"
        if not is_claimant(consumer):
            raise ValueError(f"not the name of a consumer: {consumer!r}")
        self.name, self.consumer = name, consumer
        self.path = os.path.join(spool.path, "queues", name)
        self._spool_path = spool.path
        os.stat(os.path.join(self.path, "cur"))
        self._names: List[str] = []  # seen in new/, the oldest last
        self._watch = Watch()
        self._watch_parts()
        os.stat(os.path.join(self.path, "new"))

    def _watch_parts(self) -> None:
        """The folder, what tells that it has gone, and the spool, which may be replaced."""
        self._there = self._watch.add(os.path.join(self.path, "new")) is not None
        self._watch.add(self.path, holder=True)
        self._watch.add(self._spool_path)

    def close(self) -> None:
        self._watch.close()

    def __enter__(self) -> Queue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_watch"):
            self._watch.close()

    def _claim_file(self, name: str) -> str:
        return f"{name},{max(int(time.time()), 0)},{self.consumer}"

    def claim(self) -> Optional[Claim]:
        """Claims the oldest article; None when there is none now."""
        if not self._names:
            events = list(self._watch.events())  # what was told of so far is in the list that follows
            if not self._there or any(event.gone for event in events):
                self._watch_parts()
            names = self._listed("new")
            self._names = sorted((name for name in names if queued_seq_of(name)), reverse=True)
        while self._names:
            name = self._names.pop()
            file = self._claim_file(name)
            try:
                _rename(os.path.join(self.path, "new", name), os.path.join(self.path, "cur", file))
            except (FileNotFoundError, FileExistsError):
                continue  # another was faster
            return Claim(self, file)
        return None

    def _listed(self, part: str) -> List[str]:
        try:
            return os.listdir(os.path.join(self.path, part))
        except FileNotFoundError:
            return []  # it was removed, and may be made again

    def claims(self, timeout: Optional[float] = None, stale: float = 600) -> Iterator[Claim]:
        """Claims for ever, or until nothing has come for timeout seconds; what others left stale is put back."""
        while True:
            self.reap(time.time() - stale)
            end = None if timeout is None else time.monotonic() + timeout
            claim = self.claim()
            while claim is None:
                left = stale / 4 if end is None else min(stale / 4, end - time.monotonic())
                if end is not None and left <= 0:
                    return
                self._watch.wait(left, PAUSE, self._there)
                self.reap(time.time() - stale)
                claim = self.claim()
            yield claim

    def _put_back(self, file: str, name: str) -> None:
        old = os.path.join(self.path, "cur", file)
        try:
            _rename(old, os.path.join(self.path, "new", name))
        except FileExistsError:  # a power cut has repeated it: one is enough
            os.unlink(old)

    def reap(self, before: float) -> int:
        """Puts back what was claimed before this time, by anybody; how many. A plain name counts by its ctime."""
        n = 0
        for file in self._listed("cur"):
            claim = claim_of(file)
            if not claim:
                continue
            try:
                when = claim[1] if claim[1] is not None else os.lstat(os.path.join(self.path, "cur", file)).st_ctime
                if when < before:
                    self._put_back(file, claim[0])
                    n += 1
            except FileNotFoundError:
                pass
        if n:
            self._names = []
        return n
