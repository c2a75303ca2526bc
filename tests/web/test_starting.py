"""A web process that starts while PostgreSQL is away: webhooks are verified, kept and acknowledged all the same."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from app import main
from app.carriers.addresses import SecretAddress
from app.domain.errors import UnavailableError
from app.jobs.roads import Roads
from app.settings import Settings
from app.store.keys import create_key
from app.store.programmes import save_channel, save_programme
from app.store.vault import new_key
from app.web.app import create_app
from app.web.wiring import Wiring
from tests.conftest import AMINA, MONDAY
from tests.web.test_roads import KANNEL

SHORT_CODE = "12345"
ADDRESS = SecretAddress("aggregator", "", KANNEL["settings"]["secret"])


class Server:
    """The tests' PostgreSQL, by a way to it that can be taken away."""

    def __init__(self, url: str, folder: Path) -> None:
        found = re.search(r"host=([^&]+)", url)
        assert found is not None
        self._sockets, self._way = Path(found.group(1).replace("%2F", "/")), folder / "sockets"
        self.url = url.replace(found.group(0), f"host={self._way}")

    def comes(self) -> None:
        self._way.symlink_to(self._sockets)

    def goes(self) -> None:
        self._way.unlink()


@pytest.fixture
def server_away(empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(main, "_PREPARED_SECONDS", 0.2)
    monkeypatch.setattr(main, "_AGAIN_SECONDS", 0.02)
    return Server(empty_url, tmp_path)


@pytest.fixture
def settings(server_away: Server, tmp_path: Path) -> Settings:
    return Settings(
        var=tmp_path / "var", database_url=SecretStr(server_away.url),
        vault_keys=SecretStr(f"1:{new_key()}"), vault_index_key=SecretStr(new_key()),
    )  # fmt: skip


def http(wired: Wiring, **headers: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=create_app(wired), raise_app_exceptions=False, client=("127.0.0.1", 9))
    return httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)


async def set_up(wired: Wiring) -> None:
    """A programme with a short code, over an account of the database's."""
    async with wired.context.database.transaction() as store:
        key = await create_key(store, "operator", "test", MONDAY)
        programme = await save_programme(store, "alpha", "Alpha programme", "Open Line", 10, MONDAY)
        await save_channel(store, programme.id, "aggregator", SHORT_CODE, MONDAY)
    async with http(wired, authorization=f"Bearer {key}") as operator:
        assert (await operator.put("/v1/carriers/aggregator", json=KANNEL)).status_code == 200
    roads = wired.context.carriers
    assert isinstance(roads, Roads)
    await roads.refresh(wired.context.database, wired.context.vault)


async def reply(wired: Wiring, path: str = ADDRESS.inbound) -> int:
    headers = {"x-kannel-from": AMINA, "x-kannel-to": SHORT_CODE}
    query = "id=4609fe0d-f0fe-46e0-b220-4229a8050703&ts=1795644776&coding=0&charset=UTF-8"
    async with http(wired, **headers) as carrier:
        return (await carrier.post(f"{path}?{query}", content=b"1")).status_code


async def status(wired: Wiring, path: str) -> int:
    async with http(wired) as anyone:
        return (await anyone.get(path)).status_code


async def texts(wired: Wiring) -> Any:
    async with wired.context.database.transaction() as store:
        return await store.value("SELECT count(*) FROM inbox")


@pytest.fixture
def started(settings: Settings, server_away: Server) -> Callable[[], Any]:
    return lambda: main.wire(settings, server_away.url, waits=True)


async def test_replies_over_an_account_of_the_database_are_kept_without_it(
    started: Callable[[], Any], server_away: Server
) -> None:
    server_away.comes()
    async with started() as wired:
        await wired.preparing
        await set_up(wired)
    server_away.goes()
    async with started() as wired:
        assert not wired.prepared
        assert [await status(wired, path) for path in ("/health", "/ready")] == [200, 503]
        assert await reply(wired) == 200
        assert await reply(wired, SecretAddress("aggregator", "", "another-secret-of-16").inbound) == 403
        assert await reply(wired, SecretAddress("unheard-of", "", "another-secret-of-16").inbound) == 404
        server_away.comes()
        await wired.preparing
        await wired.keeper.replay()
        assert await texts(wired) == 1
        assert await status(wired, "/ready") == 200


async def test_a_host_that_never_saw_the_accounts_sends_carriers_away_for_a_moment(started: Callable[[], Any]) -> None:
    async with started() as wired:
        assert await reply(wired) == 503


async def test_what_is_kept_of_the_accounts_is_sealed_and_of_no_use_elsewhere(
    started: Callable[[], Any], server_away: Server, settings: Settings
) -> None:
    server_away.comes()
    async with started() as wired:
        await wired.preparing
        await set_up(wired)
    kept = (settings.var / "spool" / "roads.sealed").read_bytes()
    assert b"a-secret-of-length-16" not in kept
    assert b"aggregator" not in kept
    server_away.goes()
    other = settings.model_copy(update={"vault_keys": SecretStr(f"1:{new_key()}")})
    async with main.wire(other, server_away.url, waits=True) as wired:
        assert await reply(wired) == 503


async def test_a_command_does_not_wait(settings: Settings, server_away: Server) -> None:
    with pytest.raises(UnavailableError):
        async with main.wire(settings, server_away.url):
            pass
