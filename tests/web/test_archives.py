"""Large exports are made in the background: once, by whoever is alive, for the key that asked, and kept for a week."""

import io
import zipfile
from typing import Any
from uuid import UUID

import pytest

from app.domain.errors import UnavailableError
from app.jobs.publishing import publish_round
from app.jobs.takeaway import archives
from app.jobs.takeaway.archives import make_next
from tests.conftest import World
from tests.steps import client, run, value
from tests.web.test_exports import brand_key, published


async def asked(world: World, created: UUID, key: str = "ngo", **body: Any) -> str:
    async with client(world, key) as http:
        answer = await http.post("/v1/exports", json={"round": str(created), **body})
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


async def state(world: World, export: str, key: str = "ngo") -> dict[str, Any]:
    async with client(world, key) as http:
        return (await http.get(f"/v1/exports/{export}")).json()


async def unpacked(world: World, export: str, key: str = "ngo") -> zipfile.ZipFile:
    async with client(world, key) as http:
        answer = await http.get((await state(world, export, key))["link"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(answer.content))


async def test_an_archive_holds_tables_of_every_filter_the_codebook_and_reports(world: World) -> None:
    created = await published(world)
    export = await asked(world, created, formats=["csv", "parquet"], reports=True)
    before = await state(world, export)
    assert (before["state"], before["done"], before["link"]) == ("waiting", 0, None)
    assert await make_next(world.context, world.clock())
    after = await state(world, export)
    assert (after["state"], after["done"]) == ("ready", 1)
    archive = await unpacked(world, export)
    assert archive.testzip() is None
    tables = {
        f"figures{split}.{kind}"
        for split in ("", "-by-gender", "-by-age_band", "-by-employment")
        for kind in ("csv", "parquet")
    }
    reports = {f"reports/{number:03}-{site}.pdf" for number, site in enumerate(("gazipur", "savar", "tongi"), 1)}
    assert set(archive.namelist()) == tables | reports | {"codebook.xml"}
    async with client(world) as http:
        alone = await http.get(f"/v1/rounds/{created}/export", params={"publication": after["asked"]["publication"]})
    assert archive.read("figures.csv") == alone.content
    assert archive.read("reports/001-gazipur.pdf").startswith(b"%PDF")
    assert not await make_next(world.context, world.clock())


async def test_progress_is_told_while_it_is_made(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    created = await published(world)
    export = await asked(world, created)
    seen: list[float] = []
    tell = archives.tell_progress

    async def watched(store: Any, claimed: Any, done: float) -> bool:
        seen.append(done)
        return await tell(store, claimed, done)

    monkeypatch.setattr(archives, "tell_progress", watched)
    await make_next(world.context, world.clock())
    assert seen == sorted(seen)
    assert (len(seen), seen[0], seen[-1]) == (5, 0.2, 1.0)
    assert (await state(world, export))["state"] == "ready"


async def test_asked_again_it_is_the_same_until_more_is_published(world: World) -> None:
    created = await published(world)
    first = await asked(world, created, formats=["csv", "json"])
    assert await asked(world, created, formats=["json", "csv"]) == first
    await make_next(world.context, world.clock())
    assert await asked(world, created, formats=["csv", "json"]) == first
    assert await asked(world, created, formats=["csv"]) != first
    await publish_round(world.context, world.id, created, world.clock.forward(hours=1))
    assert await asked(world, created, formats=["csv", "json"]) != first


async def test_another_key_reads_nothing_of_it(world: World) -> None:
    created = await published(world)
    export = await asked(world, created)
    await make_next(world.context, world.clock())
    await brand_key(world, "gazipur")
    async with client(world, "brand") as http:
        answers = [await http.get(f"/v1/exports/{export}{rest}") for rest in ("", "/file")]
        listed = (await http.get("/v1/exports")).json()
    assert [answer.status_code for answer in answers] == [404, 404]
    assert listed == []


async def test_a_brands_archive_holds_its_own_sites_alone(world: World) -> None:
    created = await published(world)
    await brand_key(world, "gazipur")
    export = await asked(world, created, "brand", reports=True)
    await make_next(world.context, world.clock())
    archive = await unpacked(world, export, "brand")
    assert [name for name in archive.namelist() if "/" in name] == ["reports/001-gazipur.pdf"]
    assert not [name for name in archive.namelist() if name.endswith(("csv", "xml")) and b"savar" in archive.read(name)]


async def test_a_revoked_key_gets_nothing_made(world: World) -> None:
    created = await published(world)
    await asked(world, created)
    await run(world, "UPDATE api_key SET revoked_at = now() WHERE role = 'ngo'")
    assert await make_next(world.context, world.clock())
    assert await value(world, "SELECT state FROM export") == "failed"


async def test_a_key_waits_for_three_at_most(world: World) -> None:
    created = await published(world)
    for kind in ("csv", "json", "xlsx"):
        await asked(world, created, formats=[kind])
    async with client(world) as http:
        answer = await http.post("/v1/exports", json={"round": str(created), "formats": ["parquet"]})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
    await make_next(world.context, world.clock())
    assert await asked(world, created, formats=["parquet"])


async def test_what_a_process_died_over_is_made_by_another_and_given_up_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = await published(world)
    export = await asked(world, created)

    async def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(archives, "_make", dies)
        with pytest.raises(KeyboardInterrupt):
            await make_next(world.context, world.clock())
        assert not await make_next(world.context, world.clock.forward(minutes=1)), "it may still be at it"
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                await make_next(world.context, world.clock.forward(minutes=11))
    assert await make_next(world.context, world.clock.forward(minutes=11))
    told = await state(world, export)
    assert (told["state"], told["link"]) == ("failed", None)
    assert "several attempts" in told["fault"]
    assert await asked(world, created) != export, "what failed does not stand in the way"


async def test_a_busy_typesetter_is_tried_again_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    created = await published(world)
    export = await asked(world, created, reports=True)

    def busy(*_: Any) -> bytes:
        raise UnavailableError("Other reports are being made; try again in a moment.")

    with monkeypatch.context() as broken:
        broken.setattr(archives, "typeset", busy)
        assert await make_next(world.context, world.clock())
    assert (await state(world, export))["state"] == "waiting"
    assert not await make_next(world.context, world.clock.forward(seconds=30))
    assert await make_next(world.context, world.clock.forward(seconds=31))
    assert (await state(world, export))["state"] == "ready"


async def test_one_interrupted_by_a_stop_is_left_to_the_next_and_costs_no_attempt(world: World) -> None:
    created = await published(world)
    export = await asked(world, created)
    for _ in range(5):
        assert await make_next(world.context, world.clock(), stopping=lambda: True)
    assert await make_next(world.context, world.clock())
    assert (await state(world, export))["state"] == "ready"


async def test_an_archive_that_grows_too_large_fails_with_what_to_do(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = await published(world)
    export = await asked(world, created, formats=["xlsx"])
    monkeypatch.setattr(archives, "MOST_BYTES", 1000)
    await make_next(world.context, world.clock())
    told = await state(world, export)
    assert (told["state"], "fewer formats" in told["fault"]) == ("failed", True)


async def test_exports_are_kept_for_a_week(world: World) -> None:
    created = await published(world)
    export = await asked(world, created)
    await make_next(world.context, world.clock())
    await make_next(world.context, world.clock.forward(days=6, hours=23))
    assert (await state(world, export))["state"] == "ready"
    await make_next(world.context, world.clock.forward(hours=2))
    assert (await state(world, export))["status"] == 404


def test_a_sites_code_leads_nobody_into_another_folder() -> None:
    assert archives._plain("../../etc/passwd") == "______etc_passwd"
