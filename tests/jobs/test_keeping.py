"""Webhooks share commits, and outlive PostgreSQL: what was acknowledged is in the inbox in the end, in order and once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
import structlog

from app.carriers.protocol import Cause, Delivery, InboundText, Part, StatusReport
from app.catalogue.places import shipped
from app.domain.errors import ContentionError, UnavailableError
from app.domain.wording import Say
from app.jobs import keeper as keeping_many
from app.jobs.context import Context
from app.jobs.keeper import Keeper
from app.jobs.parcels import Parcel, pack, unpack
from app.store.database import Database, Store
from app.store.embedded import embedded_server
from app.store.line import Line
from app.store.migrating import migrate
from app.store.outbox import REPLY, Outgoing, enqueue
from app.store.programmes import list_channels, save_channel, save_programme
from app.store.spool import REFUSED, WAITING, Spool
from app.store.vault import Vault, ensure_identities
from tests.conftest import AMINA, BILAL, MONDAY, SENDER, World
from tests.steps import rows, run, value


class Power:
    """PostgreSQL's, to be cut: `away`, or so slow that it never answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error: Exception | None = None
        self.slow: asyncio.Event | None = None
        self.reached = asyncio.Event()
        self.commits = 0
        transaction, commit = Database.transaction, Line.commit

        @asynccontextmanager
        async def cut_transaction(database: Database) -> AsyncIterator[Store]:
            await self.pass_through()
            async with transaction(database) as store:
                yield store

        async def cut_commit(line: Line, sql: str, *values: object) -> None:
            await self.pass_through()
            await commit(line, sql, *values)

        monkeypatch.setattr(Database, "transaction", cut_transaction)
        monkeypatch.setattr(Line, "commit", cut_commit)

    async def pass_through(self) -> None:
        if self.error is not None:
            raise self.error
        self.reached.set()
        if self.slow is not None:
            await self.slow.wait()
        self.commits += 1


@pytest.fixture
def power(world: World, monkeypatch: pytest.MonkeyPatch) -> Power:
    return Power(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
async def keeper(world: World, folder: Path) -> AsyncIterator[Keeper]:
    made = new_keeper(world, folder)
    yield made
    await made.aclose()


def new_keeper(world: World, folder: Path, **bounds: float) -> Keeper:
    return Keeper(world.context, Spool(folder, world.context.vault, 1_000_000), **bounds)  # type: ignore[arg-type]


def reply(text: str, sender: str = AMINA, *, to: str = SENDER, part: Part | None = None) -> Parcel:
    """One reply, whose reference tells text and sender apart."""
    return Parcel("simulator", MONDAY, (InboundText(f"{sender}-{text}", sender, to, text, part),))


async def texts(world: World) -> list[str]:
    return [text for (text,) in await rows(world, "SELECT text FROM inbox ORDER BY arrived_no")]


# -- groups ---------------------------------------------------------------------------------------


async def test_what_gathers_during_a_commit_shares_the_next(world: World, keeper: Keeper, power: Power) -> None:
    power.slow = asyncio.Event()
    first = asyncio.create_task(keeper.keep(reply("first")))
    await power.reached.wait()
    others = [asyncio.create_task(keeper.keep(reply(f"{at}"))) for at in range(50)]
    await asyncio.sleep(0)  # each of them has come to wait
    assert keeper.waiting == 50
    power.slow.set()
    await asyncio.gather(first, *others)
    assert power.commits == 2
    assert await texts(world) == ["first", *(f"{at}" for at in range(50))]


async def test_a_webhook_is_answered_only_when_it_is_committed(world: World, keeper: Keeper, power: Power) -> None:
    power.slow = asyncio.Event()
    kept = asyncio.create_task(keeper.keep(reply("1")))
    done, _ = await asyncio.wait({kept}, timeout=0.05)
    assert not done
    power.slow.set()
    await kept
    assert await texts(world) == ["1"]


async def test_the_same_reply_many_times_at_once_is_kept_once(world: World, keeper: Keeper) -> None:
    for _ in range(2):
        await asyncio.gather(*(keeper.keep(reply("1")) for _ in range(20)))
    assert await texts(world) == ["1"]


async def test_a_bad_reply_fails_alone(world: World, keeper: Keeper) -> None:
    bad = Parcel("simulator", MONDAY, (InboundText("no\x00reference", AMINA, SENDER, "bad"),))
    parcels = [reply(f"{at}") for at in range(9)]
    parcels.insert(4, bad)
    outcomes = await asyncio.gather(*(keeper.keep(parcel) for parcel in parcels), return_exceptions=True)
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [at == 4 for at in range(10)]
    assert await texts(world) == [f"{at}" for at in range(9)]
    assert keeper.spooled_bytes == 0


async def test_a_bad_report_fails_alone(world: World, keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []

    async def take(_context: Context, _carrier: str, reports: list[StatusReport], _now: object) -> int:
        if any(report.reference == "bad" for report in reports):
            raise ValueError("bad")
        taken.extend(report.reference for report in reports)
        return len(reports)

    monkeypatch.setattr(keeping_many, "take_reports", take)
    parcels = [
        Parcel("simulator", MONDAY, reports=(StatusReport(name, "", Delivery.SENT),)) for name in ("a", "bad", "b")
    ]
    outcomes = await asyncio.gather(*(keeper.report(parcel) for parcel in parcels), return_exceptions=True)
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [False, True, False]
    assert taken == ["a", "b"]


async def test_past_the_bound_a_webhook_is_told_to_come_again(world: World, folder: Path, power: Power) -> None:
    keeper = new_keeper(world, folder, most_waiting=3)
    power.slow = asyncio.Event()
    kept = [asyncio.create_task(keeper.keep(reply("0")))]
    await power.reached.wait()
    kept += [asyncio.create_task(keeper.keep(reply(f"{at}"))) for at in range(1, 4)]
    await asyncio.sleep(0)
    with pytest.raises(UnavailableError):
        await keeper.keep(reply("too many"))
    power.slow.set()
    await asyncio.gather(*kept)
    await keeper.keep(reply("later"))
    assert await texts(world) == ["0", "1", "2", "3", "later"]
    await keeper.aclose()


async def test_a_carrier_that_hangs_up_takes_nothing_back(world: World, keeper: Keeper, power: Power) -> None:
    power.slow = asyncio.Event()
    gone, stays = (asyncio.create_task(keeper.keep(reply(text))) for text in ("1", "2"))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    power.slow.set()
    await stays
    assert await texts(world) == ["1", "2"]


async def test_two_that_stood_in_each_others_way_try_again(world: World, keeper: Keeper, power: Power) -> None:
    power.error = ContentionError("once")
    kept = asyncio.create_task(keeper.keep(reply("1")))
    await asyncio.sleep(0)
    power.error = None
    await kept
    assert await texts(world) == ["1"]
    assert keeper.spooled_bytes == 0


async def test_a_reply_to_a_channel_somebody_took_away_by_hand_is_not_lost(world: World, keeper: Keeper) -> None:
    """The program takes none away; what is kept knows its programme by itself."""
    await keeper.keep(reply("1"))
    await run(world, "DELETE FROM inbox")
    await run(world, "DELETE FROM channel")
    assert await keeper.keep(reply("2")) == ()
    assert await texts(world) == ["2"]


async def test_the_short_way_to_the_disk_wakes_the_workers_too(world: World, keeper: Keeper) -> None:
    heard = asyncio.Event()
    listening = asyncio.create_task(world.context.database.listen(heard.set))
    await asyncio.wait_for(heard.wait(), 5)
    await keeper.keep(reply("the channel is looked up"))
    await asyncio.wait_for(heard.wait(), 5)
    for text in ("short", "and again"):
        heard.clear()
        await keeper.keep(reply(text))
        await asyncio.wait_for(heard.wait(), 5)
    listening.cancel()


# -- PostgreSQL away ------------------------------------------------------------------------------


async def test_while_postgresql_is_away_replies_are_spooled_and_replayed_in_order_once(
    world: World, keeper: Keeper, power: Power, folder: Path
) -> None:
    await keeper.keep(reply("0"))
    power.error = UnavailableError("away")
    for at in range(1, 6):
        assert await keeper.keep(reply(f"{at}")) == (), "acknowledged"
    assert keeper.spooled_bytes > 0
    with pytest.raises(UnavailableError):
        await keeper.replay()
    power.error = None
    assert await texts(world) == ["0"]
    await keeper.keep(reply("6"))
    assert await texts(world) == ["0"], "what comes later goes behind what is spooled"
    assert await keeper.replay() == 6
    assert await keeper.replay() == 0
    await keeper.keep(reply("7"))
    assert await texts(world) == [f"{at}" for at in range(8)]
    assert keeper.spooled_bytes == 0


async def test_a_database_that_is_too_slow_counts_as_away(world: World, folder: Path, power: Power) -> None:
    keeper = new_keeper(world, folder, seconds=0.01)
    power.slow = asyncio.Event()
    await keeper.keep(reply("1"))
    assert keeper.spooled_bytes > 0
    power.slow.set()
    patient = new_keeper(world, folder)
    await keeper.aclose()
    assert await patient.replay() == 1
    assert await texts(world) == ["1"]
    await patient.aclose()


async def test_what_was_committed_before_the_answer_was_lost_is_not_kept_twice(
    world: World, keeper: Keeper, power: Power, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = keeping_many.keep_all

    async def lost(*given: object) -> object:
        await real(*given)  # type: ignore[arg-type]
        raise UnavailableError("committed, and the word of it was lost")

    with monkeypatch.context() as patched:
        patched.setattr(keeping_many, "keep_all", lost)
        await keeper.keep(reply("1"))
    assert await texts(world) == ["1"]
    assert await keeper.replay() == 1
    assert await texts(world) == ["1"]


async def test_a_crash_between_commit_and_truncation_replays_without_harm(
    world: World, keeper: Keeper, power: Power, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    power.error = UnavailableError("away")
    for at in range(3):
        await keeper.keep(reply(f"{at}"))
    for at in (1, 2):
        await keeper.keep(reply("ab"[at - 1], part=Part("k", at, 2)))
    power.error = None

    class CrashError(Exception):
        pass

    async def crash(*_given: object) -> None:
        raise CrashError

    with monkeypatch.context() as patched:
        patched.setattr(Spool, "replayed", crash)
        with pytest.raises(CrashError):
            await keeper.replay()
    await keeper.aclose()
    assert await texts(world) == ["0", "1", "2", "ab"]
    after = new_keeper(world, folder)
    assert await after.replay() == 5
    assert await texts(world) == ["0", "1", "2", "ab"]
    await after.aclose()


async def test_a_new_process_puts_what_comes_behind_what_the_dead_one_left(
    world: World, keeper: Keeper, power: Power, folder: Path
) -> None:
    power.error = UnavailableError("away")
    await keeper.keep(reply("before"))
    await keeper.aclose()
    power.error = None
    spool = Spool(folder, world.context.vault, 1_000_000)
    after = Keeper(world.context, spool)
    await spool.adopt()  # as `wire` does
    await after.keep(reply("after"))
    assert await texts(world) == []
    assert await after.replay() == 2
    assert await texts(world) == ["before", "after"]
    await after.aclose()
    assert list(folder.glob(f"*{WAITING}")) == []


async def test_a_full_spool_acknowledges_nothing(world: World, folder: Path, power: Power) -> None:
    keeper = Keeper(world.context, Spool(folder, world.context.vault, 700))
    power.error = UnavailableError("away")
    await keeper.keep(reply("1"))
    with pytest.raises(UnavailableError):
        await asyncio.gather(*(keeper.keep(reply(f"{at}")) for at in range(2, 9)))
    power.error = None
    assert await keeper.replay() == 1
    assert await texts(world) == ["1"]
    await keeper.aclose()


async def test_a_spooled_reply_to_no_channel_is_kept_for_an_operator(
    world: World, keeper: Keeper, power: Power, folder: Path
) -> None:
    power.error = UnavailableError("away")
    await keeper.keep(reply("ours"))
    assert await keeper.keep(reply("stray", to="+15005559999")) == (), "nobody can know yet"
    power.error = None
    with structlog.testing.capture_logs() as logged:
        await keeper.replay()
    assert await texts(world) == ["ours"]
    assert {"event": "spool-refused", "webhooks": 1, "log_level": "error"} in logged
    async with world.context.database.transaction() as store:
        await save_channel(store, world.id, "simulator", "+15005559999", world.clock())
    await keeper.aclose()
    (file,) = folder.glob(f"*{REFUSED}")
    file.rename(file.with_suffix(WAITING))
    after = new_keeper(world, folder)
    await after.replay()
    assert await texts(world) == ["ours", "stray"]
    await after.aclose()


async def test_a_bad_reply_in_the_spool_holds_up_nobody(
    world: World, keeper: Keeper, power: Power, folder: Path
) -> None:
    power.error = UnavailableError("away")
    await keeper.keep(reply("1"))
    await keeper.keep(Parcel("simulator", MONDAY, (InboundText("no\x00reference", AMINA, SENDER, "bad"),)))
    await keeper.keep(reply("2"))
    power.error = None
    await keeper.replay()
    assert await texts(world) == ["1", "2"]
    assert keeper.spooled_bytes == 0
    assert len(list(folder.glob(f"*{REFUSED}"))) == 1


async def test_spooled_reports_are_taken_in_the_end(world: World, keeper: Keeper, power: Power) -> None:
    async with world.context.database.transaction() as store:
        people = await ensure_identities(store, world.context.vault, world.id, [AMINA], MONDAY)
        (channel,) = await list_channels(store, world.id)
        text = Outgoing(world.id, people[AMINA], channel.id, "simulator", Say("neutral"), "en", REPLY)
        (message,) = await enqueue(store, [text], MONDAY)
    await run(world, "UPDATE outbox SET state = 'unknown'")
    power.error = UnavailableError("away")
    report = StatusReport("SM1", str(message), Delivery.DELIVERED)
    await keeper.report(Parcel("simulator", MONDAY, reports=(report,)))
    power.error = None
    assert await value(world, "SELECT state FROM outbox") == "unknown"
    await keeper.replay()
    assert await rows(world, "SELECT state, reference FROM outbox") == [("delivered", "SM1")]


async def test_the_watch_replays_by_itself_and_gives_a_database_that_is_away_time(
    world: World, keeper: Keeper, power: Power, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    replayed, over = asyncio.Event(), asyncio.Event()

    async def rest(seconds: float) -> None:
        rests.append(seconds)
        if len(rests) == 8:
            power.error = None
        if len(rests) == 9:
            replayed.set()
            await over.wait()

    monkeypatch.setattr(keeper, "_rest", rest)
    power.error = UnavailableError("away")
    await keeper.keep(reply("1"))
    keeper.start()
    await asyncio.wait_for(replayed.wait(), 10)
    over.set()
    assert await texts(world) == ["1"]
    assert rests[0] < 3 < rests[3] < rests[4]
    assert 30 * 0.75 <= rests[7] <= 30 * 1.25
    assert rests[8] < 2


@pytest.fixture
def server_folder() -> Iterator[Path]:
    # Not pytest's own folder: it is closed to others, and under root PostgreSQL runs as somebody else.
    with TemporaryDirectory(prefix="shiftline-away-", ignore_cleanup_errors=True) as made:
        yield Path(made)


async def test_a_real_server_stops_and_comes_back(server_folder: Path, tmp_path: Path, world: World) -> None:
    vault: Vault = world.context.vault
    with embedded_server(server_folder, {"fsync": "off"}) as server:
        database = Database(server.url, pool=2)
        await migrate(database, shipped("migrations"))
        async with database.transaction() as store:
            programme = await save_programme(store, "beta", "Beta", "Beta", 10, MONDAY)
            await save_channel(store, programme.id, "simulator", SENDER, MONDAY)
        context = replace(world.context, database=database)
        keeper = Keeper(context, Spool(tmp_path / "spool", vault, 1_000_000))
        await keeper.keep(reply("0"))
        await keeper.keep(reply("1"))
    # The server is gone, its sockets and our connections with it.
    await asyncio.gather(*(keeper.keep(reply(f"{at}", BILAL)) for at in (2, 3)))
    assert keeper.spooled_bytes > 0
    with pytest.raises(UnavailableError):
        await keeper.replay()
    with embedded_server(server_folder, {"fsync": "off"}):
        assert await keeper.replay() == 2
        await keeper.keep(reply("4"))
        await keeper.keep(reply("5"))
        async with database.transaction() as store:
            kept = [row.text for row in await store.rows("SELECT text FROM inbox ORDER BY arrived_no")]
        assert kept == ["0", "1", "2", "3", "4", "5"]
        await keeper.aclose()
        await database.aclose()


# -- parcels --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parcel",
    [
        reply("হ্যাঁ \x00 \ud800", part=Part("k", 1, 2)),
        Parcel(
            "twilio",
            MONDAY,
            reports=(StatusReport("SM1", str(UUID(int=1)), Delivery.FAILED, Cause.OPTED_OUT, "21610"),),
        ),
        Parcel("twilio", MONDAY),
    ],
    ids=["reply", "report", "nothing"],
)
def test_a_parcel_comes_out_of_its_text_as_it_went_in(parcel: Parcel) -> None:
    assert unpack(pack(parcel)) == parcel
    assert pack(parcel).isascii()
    assert AMINA not in repr(parcel)
