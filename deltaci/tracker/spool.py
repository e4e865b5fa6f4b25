"""Events that could not be sent, kept as files until they can: in order, private, and bounded."""

import errno
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from deltaci.tracker.kinds import KINDS
from deltaci.tracker.posting import Delivery

ENTRIES_MAX = 1000
"""Files in a spool, those that are set aside among them."""
BYTES_MAX = 64 << 20
ENTRY_BYTES_MAX = 1 << 20
SUFFIX = ".json"
CORRUPT = ".corrupt"
REFUSED = ".refused"
LOCK = ".lock"


class SpoolError(Exception):
    """An event cannot be kept, or the spool not be read; the message says why."""


class BusyError(SpoolError):
    """Somebody else flushes the spool just now."""


class CorruptEntryError(SpoolError):
    """A file is not what this program wrote."""


@dataclass(frozen=True, slots=True)
class Spool:
    """A folder of kept events. Several processes may use it at once."""

    folder: Path

    def keep(self, delivery: Delivery, nanoseconds: int) -> Path:
        """Keep an event, named by the time, which orders it. Raises SpoolError."""
        document = {
            "path": delivery.path,
            "idempotency_key": delivery.idempotency_key,
            "content": delivery.content,
        }
        text = json.dumps(document)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._require_room(len(text))
            return self._write(f"{nanoseconds:020d}-{os.getpid()}{SUFFIX}", text)
        except OSError as error:
            raise SpoolError(f"cannot keep the event in {self.folder}: {error.strerror}") from error

    def entries(self) -> list[Path]:
        """The kept events, oldest first. Raises SpoolError."""
        try:
            return sorted(each for each in self.folder.iterdir() if _is_entry(each))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise SpoolError(f"cannot read {self.folder}: {error.strerror}") from error

    def read(self, entry: Path) -> Delivery:
        """Read a kept event. Raises CorruptEntryError, or SpoolError when it cannot be read now."""
        try:
            text = _read_file(entry)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise CorruptEntryError(f"{entry.name} is a link") from error
            raise SpoolError(f"cannot read {entry}: {error.strerror}") from error
        try:
            document = json.loads(text)
            names = ("path", "content", "idempotency_key")
            delivery = Delivery(**{name: _text(document[name]) for name in names})
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise CorruptEntryError(f"{entry.name} is damaged") from error
        key, content = delivery.idempotency_key, delivery.content
        if delivery.path not in KINDS or not (f"{key}{content}".isascii() and key.isprintable()):
            raise CorruptEntryError(f"{entry.name} is damaged")
        return delivery

    def remove(self, entry: Path) -> None:
        """Forget an event that was recorded. Raises SpoolError."""
        self._change(entry, None)

    def set_aside(self, entry: Path, suffix: str) -> Path:
        """Keep a file for people, and out of the way. Raises SpoolError."""
        target = entry.with_name(entry.name + suffix)
        self._change(entry, target)
        return target

    @contextmanager
    def flushing(self) -> Iterator[None]:
        """Hold the spool: one flush at a time, until its process ends. Raises BusyError."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            descriptor = os.open(self.folder / LOCK, flags, 0o600)
        except OSError as error:
            raise SpoolError(f"cannot lock {self.folder}: {error.strerror}") from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BusyError(f"another flush of {self.folder} is at work") from error
            yield
        finally:
            os.close(descriptor)

    def _require_room(self, size: int) -> None:
        files = [each for each in self.folder.iterdir() if each.name != LOCK]
        used = sum(each.lstat().st_size for each in files)
        if len(files) >= ENTRIES_MAX or used + size > BYTES_MAX or size > ENTRY_BYTES_MAX:
            raise SpoolError(f"cannot keep the event: {self.folder} is full; flush it")

    def _write(self, name: str, text: str) -> Path:
        """Write at once and complete: a process that dies leaves no half of an event."""
        target, temporary = self.folder / name, self.folder / f".{name}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        return target

    def _change(self, entry: Path, target: Path | None) -> None:
        try:
            if target is None:
                entry.unlink(missing_ok=True)
            else:
                entry.replace(target)
        except OSError as error:
            raise SpoolError(f"cannot change {entry}: {error.strerror}") from error


def _is_entry(path: Path) -> bool:
    return path.suffix == SUFFIX and not path.name.startswith(".")


def _read_file(path: Path) -> bytes:
    """Read a regular file; neither a link nor a pipe can divert or block us."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return b""
        return file.read(ENTRY_BYTES_MAX + 1)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {type(value).__name__}")
    return value
