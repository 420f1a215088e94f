"""inotify(7) through ctypes, as far as it can be had."""
import ctypes
import errno
import os
import select
import struct
from typing import Iterator, NamedTuple, Optional

MOVED_FROM, MOVED_TO, CREATE, DELETE, DELETE_SELF, MOVE_SELF = 0x40, 0x80, 0x100, 0x200, 0x400, 0x800
Q_OVERFLOW, IGNORED, ONLYDIR, ISDIR = 0x4000, 0x8000, 0x1000000, 0x40000000
_WANTED = MOVED_TO | CREATE | DELETE_SELF | MOVE_SELF | ONLYDIR
_HEAD = struct.Struct("iIII")


class Event(NamedTuple):
    folder: int
    name: str
    arrived: bool  # a file moved there, or a folder made or moved there
    is_folder: bool
    gone: bool
    lost: bool


class Watch:
    """fd is None where inotify cannot be had, and from when it cannot be had for one folder."""

    def __init__(self, wanted: bool = True) -> None:
        self.fd: Optional[int] = None
        try:
            self._libc = ctypes.CDLL(None, use_errno=True)
            fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC) if wanted else -1
        except (OSError, AttributeError):
            fd = -1
        if fd >= 0:
            self.fd = fd

    def close(self) -> None:
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def add(self, path: str, holder: bool = False) -> Optional[int]:
        """The folder's number, or None. Of a holder `gone` is said too when a folder in it goes."""
        if self.fd is None:
            return None
        folder: int = self._libc.inotify_add_watch(self.fd, os.fsencode(path),
                                                   _WANTED | (DELETE | MOVED_FROM if holder else 0))
        if folder >= 0:
            return folder
        if ctypes.get_errno() not in (errno.ENOENT, errno.ENOTDIR):
            self.close()
        return None

    def remove(self, folder: Optional[int]) -> None:
        if self.fd is not None and folder is not None:
            self._libc.inotify_rm_watch(self.fd, folder)

    def events(self) -> Iterator[Event]:
        """What has happened by now."""
        while self.fd is not None:
            try:
                data = os.read(self.fd, 65536)
            except BlockingIOError:
                return
            at = 0
            while at < len(data):
                folder, mask, _, size = _HEAD.unpack_from(data, at)
                name = data[at + _HEAD.size:at + _HEAD.size + size].rstrip(b"\0")
                at += _HEAD.size + size
                yield Event(folder, os.fsdecode(name), bool(mask & MOVED_TO or mask & CREATE and mask & ISDIR),
                            bool(mask & ISDIR), bool(mask & (DELETE_SELF | MOVE_SELF | IGNORED)
                                                        or mask & (DELETE | MOVED_FROM) and mask & ISDIR),
                            bool(mask & Q_OVERFLOW))

    def wait(self, timeout: Optional[float], pause: float, tells: bool = True) -> bool:
        """Waits for an event, or where none would tell for a pause at most. True: there may be something."""
        short = (self.fd is None or not tells) and (timeout is None or timeout > pause)
        files = [] if self.fd is None else [self.fd]
        return bool(select.select(files, [], [], pause if short else timeout)[0]) or short
