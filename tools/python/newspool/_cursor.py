"""Cursors: where a consumer stands, kept in the spool."""
from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from typing import TYPE_CHECKING

from ._names import SEQ_MAX, seq_of
from ._slugs import is_slug

if TYPE_CHECKING:
    from ._spool import Spool

_MAX = 64
_DIGITS = re.compile(rb"[0-9]{1,16}")
_NOFOLLOW = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Cursor:
    """The cursor of one consumer. Retention keeps the days that it has not read, up to a cap."""

    def __init__(self, spool: Spool, name: str) -> None:
        if not is_slug(name):
            raise ValueError(f"not the name of a cursor: {name!r}")
        self.name = name
        self._folder = os.path.join(spool.path, "cursors")
        self._path = os.path.join(self._folder, name)

    def read(self, default: int = 0) -> int:
        """The sequence to go on behind; default where there is no cursor yet. ValueError: it is none."""
        try:
            fd = os.open(self._path, os.O_RDONLY | _NOFOLLOW)
        except FileNotFoundError:
            return default
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise ValueError(f"{self._path}: not a cursor") from None
            raise
        with open(fd, "rb") as file:
            text = file.read(_MAX + 1) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
        if text.endswith(b"\n"):
            text = text[:-1]
        if _DIGITS.fullmatch(text):
            return int(text)
        seq = seq_of(text.decode("ascii", "replace"))
        if not seq:
            raise ValueError(f"{self._path}: not a cursor")
        return seq

    def ack(self, seq: int) -> None:
        """Everything up to this sequence has been dealt with: on disk when this returns, old or new after a kill."""
        if not 0 <= seq <= SEQ_MAX:
            raise ValueError(f"not a sequence: {seq}")
        new = os.path.join(self._folder, f".{self.name}.new")
        fd = self._open_locked(new)
        try:
            self._replace(fd, new, b"%016d\n" % seq)
        finally:
            os.close(fd)
        self._sync_folder()

    @staticmethod
    def _open_locked(path: str) -> int:
        while True:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | _NOFOLLOW, 0o644)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
                if os.path.samestat(os.fstat(fd), os.lstat(path)):
                    return fd
            except FileNotFoundError:
                pass  # another writer moved it to its place while we waited
            except BaseException:
                os.close(fd)
                raise
            os.close(fd)

    def _replace(self, fd: int, new: str, line: bytes) -> None:
        try:
            os.ftruncate(fd, 0)
            os.fchmod(fd, 0o644)
            if os.write(fd, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), new)
            os.fsync(fd)
            os.rename(new, self._path)
        except BaseException:
            os.unlink(new)
            raise

    def _sync_folder(self) -> None:
        fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def remove(self) -> None:
        """Forgets it. FileNotFoundError: there was none."""
        os.unlink(self._path)
        self._sync_folder()
