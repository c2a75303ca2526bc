"""The PostgreSQL that comes along: shared by its users, gone with the last, and clear about why it cannot run."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from app.domain.errors import UnavailableError
from app.store import embedded
from app.store.database import Database
from app.store.embedded import embedded_server, find_programs

QUICK = {"fsync": "off"}


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not pytest's own folder: it is closed to others, and under root PostgreSQL runs as somebody else.
    with TemporaryDirectory(prefix="shiftline-embedded-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def connect(url: str) -> None:
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (x int)")


def test_a_second_user_shares_the_server_and_it_stops_with_the_last(folder: Path) -> None:
    lock = folder / "data" / "postmaster.pid"
    with embedded_server(folder, QUICK) as first:
        connect(first.url)
        pid = lock.read_text().splitlines()[0]
        with embedded_server(folder, QUICK) as second:
            assert second == first
            assert lock.read_text().splitlines()[0] == pid
        connect(first.url)
    assert not lock.exists()
    with (
        embedded_server(folder, QUICK) as again,
        psycopg.connect(again.url.replace("postgresql+psycopg", "postgresql")) as connection,
    ):
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,), "the data survives"
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",), "and no port is open"


def test_when_nothing_runs_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embedded, "_wheel", lambda: tmp_path / "nowhere")
    with pytest.raises(UnavailableError, match="Install PostgreSQL 15 or newer, or set DATABASE_URL"):
        find_programs(path=str(tmp_path))


def test_binaries_that_break_give_way_to_those_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = find_programs()
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in ("postgres", "initdb"):
        (broken / name).write_text("#!/bin/sh\nexit 127\n")
        (broken / name).chmod(0o755)
    monkeypatch.setattr(embedded, "_wheel", lambda: broken)
    assert find_programs(path=str(found)) == found


def test_without_the_wheel_the_path_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_programs()
    monkeypatch.setattr(embedded, "find_spec", lambda _name: None)
    assert find_programs(path=str(found)) == found


async def test_a_database_that_is_away_is_unavailable_and_not_a_riddle(tmp_path: Path) -> None:
    database = Database(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}", pool=1)
    with pytest.raises(UnavailableError):
        await database.version()
    await database.aclose()
