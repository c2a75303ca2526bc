"""The spool: what it has taken is on the disk, sealed, in order; a crash, a thief and a full disk find it ready."""

import fcntl
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.domain.errors import UnavailableError
from app.store import spool as spooling
from app.store.spool import DAMAGED, REFUSED, WAITING, Spool, SpoolFile
from app.store.vault import Keyring, Vault
from tests.conftest import AMINA

WORDS = "the foreman shouts"


@pytest.fixture
def spool(tmp_path: Path, vault: Vault) -> Spool:
    return Spool(tmp_path / "spool", vault, 100_000)


def files(spool: Spool, suffix: str = WAITING) -> list[Path]:
    return sorted(spool._folder.glob(f"*{suffix}"))


async def drained(spool: Spool, limit: int = 100) -> list[str]:
    """All that is to be replayed, as it comes."""
    records: list[str] = []
    await spool.adopt()
    while chunk := await spool.read(limit):
        records += chunk.records
        await spool.replayed(chunk)
    return records


def left_by_the_dead(spool: Spool, vault: Vault, *records: str) -> Path:
    """A file whose process is gone."""
    file = SpoolFile.create(spool._folder, vault)
    file.append(records)
    file.close()
    return file.path


async def test_what_is_spooled_comes_back_in_order_and_once(spool: Spool) -> None:
    assert not spool.pending
    await spool.append(["one", "two"])
    await spool.append(["three"])
    assert spool.pending
    assert await drained(spool, limit=2) == ["one", "two", "three"]
    assert not spool.pending
    assert await drained(spool) == []
    await spool.append(["four"])
    assert await drained(spool) == ["four"]


async def test_what_comes_while_the_spool_is_replayed_goes_behind_it(spool: Spool) -> None:
    await spool.append(["one"])
    chunk = await spool.read(10)
    assert chunk is not None
    await spool.append(["two"])
    await spool.replayed(chunk)
    assert spool.pending
    assert await drained(spool) == ["two"]


async def test_a_replay_that_was_cut_off_begins_again(spool: Spool, vault: Vault) -> None:
    await spool.append(["one", "two"])
    assert await spool.read(1) is not None  # and then the process dies
    await spool.aclose()
    assert await drained(Spool(spool._folder, vault, 100_000)) == ["one", "two"]


async def test_neither_numbers_nor_texts_lie_in_clear_on_the_disk(spool: Spool) -> None:
    await spool.append([f"{AMINA} {WORDS}"])
    (file,) = files(spool)
    held = file.read_bytes()
    assert AMINA.encode() not in held
    assert AMINA[1:].encode() not in held
    assert b"foreman" not in held
    assert file.stat().st_mode & 0o077 == 0
    assert spool._folder.stat().st_mode & 0o077 == 0


async def test_an_append_returns_only_when_file_and_folder_are_on_the_disk(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        place = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append("folder" if place.is_dir() else f"file of {place.stat().st_size > 0}")
        real(descriptor)

    monkeypatch.setattr(spooling.os, "fsync", fsync)
    await spool.append(["one", "two", "three"])
    assert synced == ["folder", "file of True"], "many records share one"
    await spool.append(["four"])
    assert synced[2:] == ["file of True"]


# -- crashes --------------------------------------------------------------------------------------


async def test_a_dead_process_leaves_its_file_to_the_next(spool: Spool, vault: Vault) -> None:
    left_by_the_dead(spool, vault, "old")
    await spool.append(["new"])
    assert await drained(spool) == ["old", "new"], "what was spooled before comes before"
    assert files(spool) == [spool._own.path] if spool._own else []


async def test_what_was_acknowledged_survives_kill_9(spool: Spool, vault: Vault) -> None:
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        file = SpoolFile.create(spool._folder, vault)
        file.append(["kept"])
        os.write(tell, b"!")
        signal.pause()
    assert os.read(told, 1) == b"!"
    assert await drained(spool) == [], "its owner lives"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)  # noqa: ASYNC222 - it is dead already
    assert await drained(spool) == ["kept"]
    assert files(spool) == []


async def test_two_processes_do_not_take_over_the_same_file(spool: Spool, vault: Vault) -> None:
    left_by_the_dead(spool, vault, "old")
    other = Spool(spool._folder, vault, 100_000)
    assert await spool.adopt() == 1
    assert await other.adopt() == 0
    assert await drained(other) == []
    assert await drained(spool) == ["old"]


@pytest.mark.parametrize("cut", [1, 5, 30], ids=["last byte", "some", "nearly the whole record"])
async def test_a_torn_end_is_stepped_over_and_the_rest_comes_back(spool: Spool, vault: Vault, cut: int) -> None:
    path = left_by_the_dead(spool, vault, "one", "two", "three")
    os.truncate(path, path.stat().st_size - cut)
    assert await drained(spool) == ["one", "two"]
    assert [file.stem for file in files(spool, DAMAGED)] == [path.stem]


async def test_an_end_of_zeros_is_stepped_over(spool: Spool, vault: Vault) -> None:
    path = left_by_the_dead(spool, vault, "one")
    os.truncate(path, path.stat().st_size + 4096)  # the size reached the disk, what was written did not
    assert await drained(spool) == ["one"]


async def test_a_damaged_record_is_skipped_and_its_file_is_set_aside(spool: Spool, vault: Vault) -> None:
    path = left_by_the_dead(spool, vault, "one", "two", "three")
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 1
    path.write_bytes(held)
    assert await drained(spool) == ["one", "three"]
    assert files(spool) == []
    assert len(files(spool, DAMAGED)) == 1


async def test_a_record_moved_to_another_place_or_file_does_not_open(spool: Spool, vault: Vault) -> None:
    first = left_by_the_dead(spool, vault, "one", "two")
    held = first.read_bytes()
    half = len(held) // 2
    first.write_bytes(held[half:] + held[:half])
    assert await drained(spool) == []
    second = left_by_the_dead(spool, vault, "three")
    second.write_bytes(held[:half])
    assert await drained(spool) == []


async def test_a_record_whose_key_is_gone_is_set_aside(spool: Spool, vault: Vault) -> None:
    left_by_the_dead(spool, vault, "one")
    stranger = Spool(spool._folder, Vault(Keyring({2: bytes(32)}, bytes(32))), 100_000)
    assert await drained(stranger) == []
    assert len(files(spool, DAMAGED)) == 1


# -- full -----------------------------------------------------------------------------------------


@contextmanager
def disk_full_after(size: int) -> Iterator[None]:
    """The kernel writes no file past this size: it takes a part of a write, and then refuses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_takes_nothing_and_leaves_nothing_half_written(spool: Spool) -> None:
    await spool.append(["one"])
    (file,) = files(spool)
    size = file.stat().st_size
    with disk_full_after(size + 60), pytest.raises(UnavailableError):
        await spool.append(["two", "three"])
    assert file.stat().st_size == size
    await spool.append(["four"])
    assert await drained(spool) == ["one", "four"]


async def test_a_disk_that_fails_to_sync_has_taken_nothing(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    await spool.append(["one"])

    def broken(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(spooling.os, "fsync", broken)
        with pytest.raises(UnavailableError):
            await spool.append(["two"])
    assert await drained(spool) == ["one"]


async def test_the_spool_has_a_bound_for_all_processes_together(tmp_path: Path, vault: Vault) -> None:
    first, second = (Spool(tmp_path, vault, 1000) for _ in range(2))
    await first.append(["x" * 600])
    with pytest.raises(UnavailableError):
        await second.append(["x" * 600])
    assert await drained(first) == ["x" * 600]
    await second.append(["x" * 600])


async def test_what_is_refused_is_kept_for_an_operator_and_can_be_given_back(spool: Spool, vault: Vault) -> None:
    await spool.refuse(["stray"])
    assert await drained(spool) == []
    await spool.aclose()
    (file,) = files(spool, REFUSED)
    file.rename(file.with_suffix(WAITING))
    assert await drained(Spool(spool._folder, vault, 100_000)) == ["stray"]


async def test_a_file_that_is_being_made_is_nobodys_to_take(spool: Spool, vault: Vault) -> None:
    file = SpoolFile.create(spool._folder, vault)
    assert SpoolFile.adopt(file.path, vault) is None
    fcntl.flock(file._descriptor, fcntl.LOCK_UN)
    adopted = SpoolFile.adopt(file.path, vault)
    assert adopted is not None
    adopted.close()
    file.close()
