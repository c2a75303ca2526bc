"""Asking the carrier: what is found is settled, what is in doubt stays Unknown, and nothing is sent because of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from app.carriers.protocol import Cause, Delivery, InboundText, Lookup, StatusReport, Unknown
from app.domain.wording import Say
from app.jobs.context import Context
from app.jobs.reconciling import EVERY, look_up
from app.jobs.sending import send_outbox
from app.store.outbox import REPLY, Outgoing, enqueue
from app.store.programmes import list_channels
from app.store.vault import ensure_identities
from tests.conftest import AMINA, BILAL, SENDER, World
from tests.steps import Obedient, rows, value


class Log(Obedient):
    """A carrier with a log that can be asked; it takes what it is handed and its answers are lost."""

    def __init__(self) -> None:
        super().__init__(lambda _text: Unknown(Cause.TIMEOUT, "no-answer"))
        self.capabilities = type(self.capabilities)(
            two_way=True, looks_up=True,
            split=self.capabilities.split, segments_per_second=1000.0,
        )  # fmt: skip
        self.listed: Sequence[StatusReport] = ()
        self.replies: Sequence[InboundText] = ()
        self.asked: list[datetime] = []
        self.breaks = False

    async def reconcile(self, since: datetime) -> Lookup:
        self.asked.append(since)
        if self.breaks:
            raise ConnectionError("cut off")
        return Lookup(self.listed, self.replies)


class Desk:
    """A programme whose texts went over that carrier."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.carrier = Log()
        context = world.context
        self.context = Context(context.database, context.vault, {"simulator": self.carrier}, context.catalogue)

    async def text(self, *numbers: str) -> list[UUID]:
        """Texts of unknown fate."""
        world = self.world
        async with world.context.database.transaction() as store:
            (channel,) = await list_channels(store, world.id)
            people = await ensure_identities(store, world.context.vault, world.id, numbers, world.clock())
            made = await enqueue(
                store,
                [
                    Outgoing(world.id, people[to], channel.id, "simulator", Say("neutral"), "en", REPLY)
                    for to in numbers
                ],
                world.clock(),
            )
        while (await send_outbox(self.context, world.clock())).total:
            pass
        return made

    def listed(
        self, to: str, reference: str, *, after: float = 1, delivery: Delivery = Delivery.DELIVERED
    ) -> StatusReport:
        """A line of the carrier's log, so many seconds after now."""
        created = self.world.clock() + timedelta(seconds=after)
        return StatusReport(reference, "", delivery, to=to, created=created)

    async def look(self) -> int:
        return await look_up(self.context, self.world.clock())

    async def fates(self) -> list[tuple[str, str | None]]:
        return [tuple(row) for row in await rows(self.world, "SELECT state, reference FROM outbox ORDER BY id")]  # type: ignore[misc]


@pytest.fixture
async def desk(world: World) -> Desk:
    return Desk(world)


async def test_a_text_whose_answer_was_lost_is_found_by_number_and_time(desk: Desk) -> None:
    await desk.text(AMINA, BILAL)
    desk.carrier.listed = [desk.listed(AMINA, "SM1"), desk.listed("+8801799999999", "SM7")]
    assert await desk.look() == 1
    assert await desk.fates() == [("delivered", "SM1"), ("unknown", None)]
    assert await rows(desk.world, "SELECT lookups, looked_at FROM outbox WHERE state = 'unknown'") == [
        (1, desk.world.clock())
    ]
    assert len(desk.carrier.handed) == 2, "nothing was sent because of it"


async def test_two_lines_that_could_be_the_text_leave_it_unknown(desk: Desk) -> None:
    await desk.text(AMINA)
    desk.carrier.listed = [desk.listed(AMINA, "SM1"), desk.listed(AMINA, "SM2", after=9)]
    await desk.look()
    assert await desk.fates() == [("unknown", None)]


async def test_a_line_that_could_be_two_texts_settles_neither(desk: Desk) -> None:
    await desk.text(AMINA)
    desk.world.clock.forward(minutes=1)
    await desk.text(AMINA)
    desk.carrier.listed = [desk.listed(AMINA, "SM1")]
    await desk.look()
    assert await desk.fates() == [("unknown", None)] * 2


async def test_two_texts_far_apart_are_told_apart_by_their_time(desk: Desk) -> None:
    await desk.text(AMINA)
    desk.carrier.listed = [desk.listed(AMINA, "SM1")]
    desk.world.clock.forward(minutes=25)
    await desk.text(AMINA)
    desk.carrier.listed = [*desk.carrier.listed, desk.listed(AMINA, "SM2")]
    await desk.look()
    assert await desk.fates() == [("delivered", "SM1"), ("delivered", "SM2")]


@pytest.mark.parametrize("after", [-180, 1200], ids=["before it was claimed", "long after"])
async def test_a_line_of_another_time_is_another_text(desk: Desk, after: int) -> None:
    await desk.text(AMINA)
    desk.carrier.listed = [desk.listed(AMINA, "SM1", after=after)]
    await desk.look()
    assert await desk.fates() == [("unknown", None)]


async def test_a_line_that_belongs_to_a_text_we_know_is_not_taken_for_another(desk: Desk) -> None:
    await desk.text(AMINA)
    desk.carrier.listed = [desk.listed(AMINA, "SM1", delivery=Delivery.SENT)]
    await desk.look()
    desk.world.clock.forward(minutes=6)
    await desk.text(AMINA)
    await desk.look()
    assert await desk.fates() == [("accepted", "SM1"), ("unknown", None)]


async def test_replies_that_never_arrived_are_kept_once(desk: Desk) -> None:
    await desk.text(AMINA)
    desk.carrier.replies = [InboundText("SM8", AMINA, SENDER, "5"), InboundText("SM9", AMINA, "+15550001", "not ours")]
    for _ in range(2):
        await desk.look()
        desk.world.clock.forward(minutes=6)
    assert await rows(desk.world, "SELECT reference, text FROM inbox") == [("SM8", "5")]


async def test_a_lost_reply_is_found_within_the_hour_though_every_text_is_known_to_have_arrived(desk: Desk) -> None:
    (text,) = await desk.text(AMINA)
    desk.carrier.listed = [desk.listed(AMINA, "SM1")]
    await desk.look()
    assert await rows(desk.world, "SELECT id, state FROM outbox") == [(text, "delivered")]
    desk.carrier.replies = [InboundText("SM8", AMINA, SENDER, "5")]
    desk.world.clock.forward(minutes=59)
    assert await desk.look() == 0
    desk.world.clock.forward(minutes=1)
    assert await desk.look() == 1
    assert await rows(desk.world, "SELECT reference, text FROM inbox") == [("SM8", "5")]


async def test_a_carrier_is_asked_now_and_then_by_one_process(desk: Desk) -> None:
    assert await desk.look() == 1, "once an hour for replies that were lost"
    assert await desk.look() == 0, "nothing is unknown"
    await desk.text(AMINA)
    assert await desk.look() == 1
    assert await desk.look() == 0
    desk.world.clock.forward(seconds=EVERY.total_seconds() - 1)
    assert await desk.look() == 0
    desk.world.clock.forward(seconds=1)
    assert await desk.look() == 1
    assert desk.carrier.asked[0] <= await value(desk.world, "SELECT sent_at FROM outbox")
    desk.world.clock.forward(days=2)
    assert await desk.look() == 1, "the hourly one"
    assert await desk.look() == 0, "a person decides now"


async def test_a_text_that_was_taken_and_not_heard_of_is_asked_about_after_an_hour(desk: Desk) -> None:
    (text,) = await desk.text(AMINA)
    desk.carrier.listed = [desk.listed(AMINA, "SM1", delivery=Delivery.SENT)]
    await desk.look()
    assert await desk.fates() == [("accepted", "SM1")]
    desk.carrier.listed = [desk.listed(AMINA, "SM1")]
    desk.world.clock.forward(minutes=59)
    assert await desk.look() == 0
    desk.world.clock.forward(minutes=2)
    assert await desk.look() == 1
    assert await rows(desk.world, "SELECT id, state FROM outbox") == [(text, "delivered")]


async def test_a_carrier_that_cannot_be_asked_is_asked_again_and_counts_as_no_look(desk: Desk) -> None:
    await desk.text(AMINA)
    desk.carrier.breaks = True
    await desk.look()
    assert await value(desk.world, "SELECT lookups FROM outbox") == 0
    desk.carrier.breaks = False
    desk.world.clock.forward(minutes=6)
    assert await desk.look() == 1
    assert await value(desk.world, "SELECT lookups FROM outbox") == 1
