"""Alerts are told once when they begin and once when they end, by one process, to whoever wants to know."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.carriers.posting import Post, Posted, Poster
from app.domain.errors import UnavailableError
from app.jobs.delivering import deliver_due
from app.jobs.watching import Watch
from app.store.database import Database, Store
from app.store.hooks import announce
from app.worker import missed_rounds
from tests.conftest import AMINA, World
from tests.steps import client, rows, run, text, value


class Receiver(Poster):
    """Takes posts instead of the network, and answers as it is told."""

    def __init__(self) -> None:
        super().__init__(private=True)
        self.posts: list[Post] = []
        self.answers: list[Posted] = []

    async def post(self, post: Post, now: datetime) -> Posted:
        del now
        self.posts.append(post)
        return self.answers.pop(0) if self.answers else Posted(200)

    @property
    def events(self) -> list[tuple[str, str]]:
        told = [json.loads(post.body) for post in self.posts]
        return [(event["type"], event["data"].get("rule", "")) for event in told]


def watcher(world: World, receiver: Receiver, kind: str = "both") -> Watch:
    return Watch(world.context, world.wiring.keeper, receiver, kind, "host", missed_rounds, world.clock())


@pytest.fixture
async def receiver(world: World) -> AsyncIterator[Receiver]:
    made = Receiver()
    yield made
    await made.aclose()


@pytest.fixture
async def watch(world: World, receiver: Receiver) -> Watch:
    made = watcher(world, receiver)
    await made.beat(world.clock())
    return made


async def hook(world: World, url: str = "https://pager.example/hook?token=hush", **more: Any) -> dict[str, Any]:
    async with client(world, "operator") as http:
        answer = await http.post("/v1/operator/hooks", json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def told(world: World, receiver: Receiver) -> list[tuple[str, str]]:
    await deliver_due(world.context, receiver, world.clock())
    return receiver.events


async def test_an_alert_is_told_once_when_it_begins_and_once_when_it_ends(
    world: World, watch: Watch, receiver: Receiver
) -> None:
    made = await hook(world)
    await text(world, AMINA, "hello")
    await watch.judge(world.clock())
    assert await told(world, receiver) == []
    world.clock.forward(seconds=61)
    for _ in range(2):
        await watch.beat(world.clock())
        await watch.judge(world.clock())
    assert await told(world, receiver) == [("alert.begun", "replies-unread")]
    await run(world, "UPDATE inbox SET state = 'handled', handled_at = received_at")
    await watch.judge(world.clock())
    world.clock.forward(minutes=3)
    for _ in range(2):
        await watch.beat(world.clock())
        await watch.judge(world.clock())
    assert await told(world, receiver) == [("alert.begun", "replies-unread"), ("alert.ended", "replies-unread")]
    post = receiver.posts[0]
    assert (post.url, post.secret) == ("https://pager.example/hook?token=hush", made["secret"])
    data = json.loads(post.body)["data"]
    assert (data["value"], data["bar"], data["unit"], data["title"]) == (61, 60, "seconds", "Replies wait to be read")
    assert "hello" not in post.body
    assert AMINA[1:] not in post.body


async def test_what_flickers_is_told_of_once(world: World, watch: Watch, receiver: Receiver) -> None:
    await hook(world)
    for waits in (70, 0, 70, 0, 70):
        await run(world, "DELETE FROM inbox")
        if waits:
            await text(world, AMINA, "hello")
        world.clock.forward(seconds=waits)
        await watch.beat(world.clock())
        await watch.judge(world.clock())
    assert await told(world, receiver) == [("alert.begun", "replies-unread")]


async def test_of_two_processes_one_judges(world: World, watch: Watch) -> None:
    async with world.context.database.transaction() as store:
        assert await store.value("SELECT pg_try_advisory_xact_lock(7318)")
        assert await watch.judge(world.clock()) is None
    assert await watch.judge(world.clock()) is not None


async def test_that_no_worker_lives_is_told_by_the_web(world: World, receiver: Receiver) -> None:
    await hook(world)
    web, work = watcher(world, receiver, "web"), watcher(world, receiver, "work")
    for process in (web, work):
        await process.beat(world.clock())
    await web.judge(world.clock())
    assert await told(world, receiver) == []
    world.clock.forward(seconds=46)
    await web.beat(world.clock())
    await web.judge(world.clock())
    assert await told(world, receiver) == [("alert.begun", "no-worker")]
    await work.beat(world.clock())
    world.clock.forward(minutes=2)
    await work.beat(world.clock())
    await web.judge(world.clock())
    assert receiver.events[-1:] != [("alert.ended", "no-worker")]
    assert (await told(world, receiver))[-1] == ("alert.ended", "no-worker")


async def test_a_process_that_stops_says_so(world: World, watch: Watch) -> None:
    await watch.beat(world.clock(), stopped=True)
    async with client(world, "operator") as http:
        (listed,) = (await http.get("/v1/operator/processes")).json()
    assert (listed["alive"], listed["stopped_at"] is not None) == (False, True)


class Cut(Database):
    """A database that can be away."""

    away = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Store]:
        if self.away:
            raise UnavailableError("away")
        async with super().transaction() as store:
            yield store


async def test_that_the_database_is_away_is_told_from_memory_once_and_its_end_when_it_is_back(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hook(world, events=["alert.begun", "alert.ended"])
    web = watcher(world, receiver, "web")
    await web.beat(world.clock())
    monkeypatch.setattr(world.context.database, "__class__", Cut)
    world.context.tally.count("texts", "simulator", "accepted")
    world.context.database.away = True
    receiver.answers = [Posted(fault="unreachable")]
    for _ in range(5):
        with pytest.raises(UnavailableError):
            await web.beat(world.clock())
        world.clock.forward(seconds=10)
    assert receiver.events == [("alert.begun", "database-away")] * 2, "the first was not taken"
    assert receiver.posts[0].id == receiver.posts[1].id
    world.context.database.away = False
    await web.beat(world.clock())
    await web.beat(world.clock())
    assert (await told(world, receiver))[2:] == [("alert.ended", "database-away")]
    assert await rows(world, "SELECT rule, value, ended_at - began_at FROM alert") == [
        ("database-away", 50, timedelta(seconds=50))
    ]
    assert await value(world, "SELECT value FROM tally WHERE name = 'texts'") == 1, "what was counted was kept"


async def test_a_bar_is_set_and_an_alert_switched_off(world: World, watch: Watch, receiver: Receiver) -> None:
    await hook(world)
    await text(world, AMINA, "hello")
    world.clock.forward(seconds=30)
    await watch.beat(world.clock())
    async with client(world, "operator") as http:
        path = "/v1/operator/alerts/rules/replies-unread"
        assert (await http.put(path, json={"bar": 20})).status_code == 204
        assert (await http.put("/v1/operator/alerts/rules/nothing", json={})).status_code == 404
        assert (await http.put(path, json={"bar": -1})).status_code == 422
        (rule,) = [
            item for item in (await http.get("/v1/operator/alerts/rules")).json() if item["rule"] == "replies-unread"
        ]
        assert (rule["bar"], rule["shipped_bar"], rule["active"]) == (20, 60, True)
        await watch.judge(world.clock())
        (standing,) = (await http.get("/v1/operator/alerts")).json()
        assert (standing["rule"], standing["value"], standing["ended_at"]) == ("replies-unread", 30, None)
        await http.put(path, json={"active": False})
        await watch.judge(world.clock())
        assert (await http.get("/v1/operator/alerts")).json()[0]["ended_at"] is not None
    assert await told(world, receiver) == [("alert.begun", "replies-unread"), ("alert.ended", "replies-unread")]


async def test_an_address_is_shown_by_its_host_alone_and_kept_sealed(world: World) -> None:
    made = await hook(world)
    async with client(world, "operator") as http:
        listed = (await http.get("/v1/operator/hooks")).text
    assert "pager.example" in listed
    for secret in ("hush", made["secret"], made["secret"].removeprefix("whsec_")):
        assert secret not in listed
    (sealed,) = await rows(world, "SELECT hook::text, encode(sealed, 'escape') FROM hook")
    assert "hush" not in repr(sealed)


async def test_a_hook_is_told_what_it_wants_alone_and_nothing_once_it_is_gone(world: World, receiver: Receiver) -> None:
    ended = await hook(world, events=["alert.ended"])
    async with world.context.database.transaction() as store:
        assert await announce(store, "alert.begun", {}, world.clock()) == 0
        assert await announce(store, "alert.ended", {}, world.clock()) == 1
    async with client(world, "operator") as http:
        assert (
            await http.post("/v1/operator/hooks", json={"url": "https://a.example", "events": ["x"]})
        ).status_code == 422
        assert (await http.post(f"/v1/operator/hooks/{ended['id']}/test")).json() == {"queued": 1}
        assert (await http.delete(f"/v1/operator/hooks/{ended['id']}")).status_code == 204
        assert (await http.delete(f"/v1/operator/hooks/{ended['id']}")).status_code == 404
        assert (await http.post(f"/v1/operator/hooks/{ended['id']}/test")).json() == {"queued": 0}
        (one, other) = (await http.get("/v1/operator/deliveries?state=failed")).json()
        assert {one["fault"], other["fault"]} == {"retired"}
        assert (await http.post(f"/v1/operator/deliveries/{one['id']}/again")).status_code == 409
    assert await told(world, receiver) == []


async def test_a_delivery_is_tried_again_for_three_days_then_given_up_and_posted_again_by_a_person(
    world: World, receiver: Receiver
) -> None:
    await hook(world)
    async with world.context.database.transaction() as store:
        await announce(store, "test", {}, world.clock())
    began, receiver.answers = world.clock(), [Posted(500)] * 5 + [Posted(fault="timeout")] * 5
    waits: Sequence[datetime] = []
    for _ in range(10):
        assert await deliver_due(world.context, receiver, world.clock(), chance=lambda: 0) == 1
        assert await deliver_due(world.context, receiver, world.clock(), chance=lambda: 0) == 0
        waits = [*waits, world.clock()]
        world.clock.now = max(world.clock(), (await value(world, "SELECT due_at FROM delivery")))
    assert waits[1] - waits[0] == timedelta(seconds=5)
    assert timedelta(days=3) < waits[-1] - began < timedelta(days=4)
    async with client(world, "operator") as http:
        (lost,) = (await http.get("/v1/operator/deliveries")).json()
        assert (lost["state"], lost["attempts"], lost["fault"]) == ("failed", 10, "timeout")
        assert (await http.post(f"/v1/operator/deliveries/{lost['id']}/again")).status_code == 204
        assert await deliver_due(world.context, receiver, world.clock()) == 1
        assert (await http.get("/v1/operator/deliveries")).json()[0]["state"] == "delivered"
    assert len({post.id for post in receiver.posts}) == 1


async def test_a_delivery_whose_poster_died_is_taken_up_by_another(world: World, receiver: Receiver) -> None:
    await hook(world)
    async with world.context.database.transaction() as store:
        await announce(store, "test", {}, world.clock())

    async def dies(_post: Post, _now: datetime) -> Posted:
        raise RuntimeError

    dead = Receiver()
    dead.post = dies
    with pytest.raises(RuntimeError):
        await deliver_due(world.context, dead, world.clock())
    assert await deliver_due(world.context, receiver, world.clock()) == 0
    world.clock.forward(minutes=2)
    assert await deliver_due(world.context, receiver, world.clock()) == 1
    await dead.aclose()


async def test_who_answers_gone_is_told_no_more(world: World, receiver: Receiver) -> None:
    await hook(world)
    async with world.context.database.transaction() as store:
        for _ in range(2):
            await announce(store, "test", {}, world.clock())
    receiver.answers = [Posted(410)]
    await deliver_due(world.context, receiver, world.clock(), limit=1)
    assert await deliver_due(world.context, receiver, world.clock()) == 0
    assert await value(world, "SELECT count(*) FROM hook WHERE retired_at IS NULL") == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://pager.example/", "https://127.0.0.1/", "https://[::1]/", "https://a:b@pager.example/", "ftp://x.example/",
        "pager.example", "", "https://", "https://x.example/#a", "https://0x7f000001.x\x00/",
    ],
)  # fmt: skip
async def test_an_address_that_cannot_be_posted_to_is_refused(world: World, url: str) -> None:
    poster = Poster()
    object.__setattr__(world.wiring.watch, "poster", poster)
    async with client(world, "operator") as http:
        answer = await http.post("/v1/operator/hooks", json={"url": url})
    assert answer.status_code == 422, answer.text
    await poster.aclose()
