"""The spool: what webhooks brought while PostgreSQL was away, on this host's disk, until it is replayed.

Every process appends to a file of its own and holds a lock on it while it lives; a file whose lock is free was left by a
process that died, and whoever finds it takes it over. A record is sealed with the vault's keys for its file and place,
so that nothing can be read, moved or exchanged, and framed by its length and checksum, so that the end of an append that
a crash cut off is seen. What `append` has returned from is on the disk.
"""

import asyncio
import fcntl
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4
from zlib import crc32

import structlog

from app.domain.errors import UnavailableError
from app.store.vault import Vault

log = structlog.get_logger()

WAITING, REFUSED, DAMAGED = ".spool", ".refused", ".damaged"
_UNBORN = ".new"

_FRAME = struct.Struct(">IIH")  # length of the sealed record, checksum of all that follows it, version of the key
_CHECKED = struct.Struct(">IH")
_NOWHERE = UUID(int=0)  # a record belongs to no programme until its channel is looked up
_PLACES = 2**128
SEALED_MORE = 28
"""How many bytes a sealed record has more than an open one: the nonce and the tag."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records in the order they came, and the place in the file where the next begins."""

    file: "SpoolFile" = field(repr=False)
    records: tuple[str, ...] = field(repr=False)
    end: int


class SpoolFile:
    """One file, locked for as long as it is open. Blocks; one thread at a time."""

    def __init__(self, path: Path, descriptor: int, vault: Vault) -> None:
        self.path = path
        self.size = os.fstat(descriptor).st_size
        self.replayed = 0
        self.damaged = 0
        self._descriptor = descriptor
        self._vault = vault
        self._key = UUID(path.stem)

    @classmethod
    def create(cls, folder: Path, vault: Vault, suffix: str = WAITING) -> "SpoolFile":
        """A fresh file; OSError where the disk takes none."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unborn = folder / f"{uuid4()}{_UNBORN}"
        descriptor = os.open(unborn, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            # Locked before it has its name, so that nobody takes it for a dead process's.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            path = unborn.rename(unborn.with_suffix(suffix))
            _sync_folder(folder)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, descriptor, vault)

    @classmethod
    def adopt(cls, path: Path, vault: Vault) -> "SpoolFile | None":
        """The file of a process that died; None where its owner lives, or somebody else was first."""
        try:
            UUID(path.stem)
            descriptor = os.open(path, os.O_RDWR)
        except (FileNotFoundError, ValueError):
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(path, descriptor, vault)

    def append(self, records: Sequence[str]) -> None:
        """Write records and bring them to the disk, all or none; OSError where it takes none."""
        framed, place = bytearray(), self.size
        for record in records:
            framed += self._frame(record, place + len(framed))
        try:
            self._write(framed)
            os.fsync(self._descriptor)
        except OSError:
            self._cut(place)
            raise
        self.size = place + len(framed)

    def _frame(self, record: str, place: int) -> bytes:
        sealed = self._vault.seal("spool", self._row(place), _NOWHERE, record)
        checked = _CHECKED.pack(len(sealed.cipher), sealed.key_version) + sealed.cipher
        return _FRAME.pack(len(sealed.cipher), crc32(checked), sealed.key_version) + sealed.cipher

    def _row(self, place: int) -> UUID:
        return UUID(int=(self._key.int + place) % _PLACES)

    def _write(self, framed: bytearray) -> None:
        # At the known end and not at the file's: what an append that failed may have left is written over.
        rest, place = memoryview(framed), self.size
        while rest:
            written = os.pwrite(self._descriptor, rest, place)
            rest, place = rest[written:], place + written

    def _cut(self, size: int) -> None:
        try:
            os.ftruncate(self._descriptor, size)
        except OSError as problem:
            log.error("spool-not-cut", kind=type(problem).__name__)

    def read(self, limit: int) -> Chunk:
        """The next records from where the replay stands; what cannot be read is counted and stepped over."""
        records: list[str] = []
        place = self.replayed
        while place < self.size and len(records) < limit:
            frame = os.pread(self._descriptor, _FRAME.size, place)
            length, checksum, version = _FRAME.unpack(frame) if len(frame) == _FRAME.size else (0, 0, 0)
            end = place + _FRAME.size + length
            if length == 0 or end > self.size:
                # The last append was cut off, and so was never acknowledged; or a length is not what was written.
                self.damaged += 1
                log.error("spool-torn", bytes=self.size - place)
                place = self.size
                break
            cipher = os.pread(self._descriptor, length, place + _FRAME.size)
            record = self._open(place, version, cipher, checksum)
            if record is None:
                self.damaged += 1
                log.error("spool-damaged", records=1)
            else:
                records.append(record)
            place = end
        return Chunk(self, tuple(records), place)

    def _open(self, place: int, version: int, cipher: bytes, checksum: int) -> str | None:
        if crc32(_CHECKED.pack(len(cipher), version) + cipher) != checksum:
            return None
        return self._vault.open_if_it_fits("spool", self._row(place), cipher, version)

    def empty(self) -> None:
        """Forget what was replayed; the file is used again."""
        os.ftruncate(self._descriptor, 0)
        self.size = self.replayed = 0

    def close(self) -> None:
        """Let go of it; it stays where it is for whoever comes, unless nothing is in it."""
        if self.size == 0:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def set_aside(self) -> None:
        """Let go of it under a name that nobody replays: it holds what could not be read."""
        self.path.rename(self.path.with_suffix(DAMAGED))
        os.close(self._descriptor)


class Spool:
    """The spool of one process, with the files it has taken over. Its methods may be called by many tasks at once."""

    def __init__(self, folder: Path, vault: Vault, most_bytes: int) -> None:
        self._folder = folder
        self._vault = vault
        self._most_bytes = most_bytes
        self._own: SpoolFile | None = None
        self._refused: SpoolFile | None = None
        self._adopted: list[SpoolFile] = []
        self._lock = asyncio.Lock()

    @property
    def folder(self) -> Path:
        """Where its files are, and those of the processes that share it."""
        return self._folder

    @property
    def pending(self) -> bool:
        """Whether something waits to be replayed; whatever comes now must go behind it."""
        return bool(self._adopted) or (self._own is not None and self._own.size > 0)

    @property
    def bytes_waiting(self) -> int:
        """What is to be replayed by this process."""
        return sum(file.size - file.replayed for file in self._files())

    def _files(self) -> list[SpoolFile]:
        return [*self._adopted, *([self._own] if self._own else [])]

    async def append(self, records: Sequence[str]) -> None:
        """Keep records behind all others; they are on the disk when this returns.

        Raises:
            UnavailableError: the disk or the spool's share of it is full; nothing was kept.
        """
        async with self._lock:
            await asyncio.to_thread(self._append, records)

    def _append(self, records: Sequence[str]) -> None:
        self._own = self._written(self._own, records, WAITING)

    def _written(self, file: SpoolFile | None, records: Sequence[str], suffix: str) -> SpoolFile:
        try:
            coming = sum(len(record) + _FRAME.size + SEALED_MORE for record in records)
            # What was acknowledged already is never refused for its size.
            if suffix != REFUSED and _taken(self._folder) + coming > self._most_bytes:
                log.error("spool-full", bound=self._most_bytes)
                raise UnavailableError("The database is away and the spool is full; try again later.")
            file = file or SpoolFile.create(self._folder, self._vault, suffix)
            file.append(records)
        except OSError as problem:
            log.error("spool-not-written", kind=type(problem).__name__, number=problem.errno)
            raise UnavailableError("The database is away and nothing can be spooled; try again later.") from None
        return file

    async def adopt(self) -> int:
        """Take over what dead processes left; how many files. They are older than what this one spools."""
        async with self._lock:
            found = await asyncio.to_thread(self._orphans)
            self._adopted += found
        return len(found)

    def _orphans(self) -> list[SpoolFile]:
        try:
            paths = sorted(self._folder.glob(f"*{WAITING}"), key=lambda path: path.stat().st_mtime_ns)
        except OSError:
            return []  # one was gone between the look and the stat; there is another look soon
        return [file for path in paths if (file := SpoolFile.adopt(path, self._vault)) is not None]

    async def read(self, limit: int) -> Chunk | None:
        """The next records to replay, of the oldest file; None where nothing waits."""
        async with self._lock:
            for file in self._files():
                if file.replayed < file.size:
                    return await asyncio.to_thread(file.read, limit)
                if file is not self._own:
                    await asyncio.to_thread(self._finish, file)
            return None

    async def replayed(self, chunk: Chunk) -> None:
        """The chunk that was read last is in the database. A file that is through is emptied: nothing is read twice."""
        async with self._lock:
            chunk.file.replayed = chunk.end
            if chunk.file.replayed == chunk.file.size:
                await asyncio.to_thread(self._finish, chunk.file)

    def _finish(self, file: SpoolFile) -> None:
        if file is self._own and not file.damaged:
            file.empty()
            return
        if file.damaged:
            file.set_aside()  # an operator may still find something in it
        else:
            file.empty()
            file.close()
        if file is self._own:
            self._own = None
        else:
            self._adopted.remove(file)

    async def refuse(self, records: Sequence[str]) -> None:
        """Set records aside for an operator, in a file that is not replayed.

        Raises:
            UnavailableError: the disk takes none; they must stay where they are.
        """
        async with self._lock:
            self._refused = await asyncio.to_thread(self._written, self._refused, records, REFUSED)

    async def aclose(self) -> None:
        """Let go of the files; what is in them is for the next process."""
        async with self._lock:
            for file in [*self._files(), *([self._refused] if self._refused else [])]:
                await asyncio.to_thread(file.close)
            self._own, self._refused = None, None
            self._adopted.clear()


def _taken(folder: Path) -> int:
    try:
        with os.scandir(folder) as entries:
            return sum(entry.stat().st_size for entry in entries)
    except FileNotFoundError:
        return 0


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
