"""Handing texts over: each fate the carrier tells has its consequence, and no text is ever sent twice on a guess."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from app.carriers.exchange import Exchange
from app.carriers.policy import policy
from app.carriers.protocol import (
    Accepted,
    Cause,
    Delivery,
    OutboundText,
    Outcome,
    Rejected,
    Retry,
    StatusReport,
    Unknown,
)
from app.domain.errors import ContentionError, UnavailableError
from app.domain.rounds import parse_plan
from app.domain.wording import Say
from app.jobs import handing
from app.jobs.asking import begin_due, open_due_rounds
from app.jobs.context import Context
from app.jobs.launching import Launch, launch_round
from app.jobs.listening import drain_inbox
from app.jobs.reporting import take_reports
from app.jobs.sending import Sent, send_outbox
from app.jobs.settling import persistently, reap_leases
from app.jobs.sweeping import expire_talks
from app.store.claims import claim_due
from app.store.outbox import BULK, Outgoing, enqueue
from app.store.programmes import save_channel
from app.store.vault import ensure_identities
from tests.carriers.loopback import Received, Server
from tests.conftest import AMINA, BILAL, World
from tests.steps import Obedient, register, rows, run, say, service, text, value, write


class Rig:
    """A round that is about to text Amina and Bilal over an obedient carrier."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.carrier = Obedient()
        self.chance = 0.0
        context = world.context
        self.context = Context(context.database, context.vault, {"simulator": self.carrier}, context.catalogue)

    async def send(self) -> None:
        await send_outbox(self.context, self.world.clock(), chance=lambda: self.chance)

    async def report(self, *reports: StatusReport) -> int:
        return await take_reports(self.context, "simulator", reports, self.world.clock(), lambda: self.chance)

    def answer(self, outcome: Outcome) -> None:
        """Answer every text with this."""
        self.carrier.answer = lambda _text: outcome

    async def states(self) -> list[str]:
        return [state for (state,) in await rows(self.world, "SELECT state FROM outbox ORDER BY created_at, id")]

    async def message(self) -> UUID:
        return await value(self.world, "SELECT id FROM outbox ORDER BY id LIMIT 1")


@pytest.fixture
async def rig(world: World) -> Rig:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    launch = Launch("pulse", "R", parse_plan({"spread_minutes": 0}))
    await launch_round(world.context, world.id, launch, world.clock())
    await open_due_rounds(world.context, world.clock())
    await begin_due(world.context, world.clock())
    return Rig(world)


async def test_an_accepted_text_keeps_its_reference_and_segments_and_starts_the_clocks(rig: Rig) -> None:
    await rig.send()
    message = await rig.message()
    assert [text.to for text in rig.carrier.handed] == [AMINA]
    assert rig.carrier.handed[0].message == str(message)
    assert await rows(rig.world, "SELECT state, reference, segments > 0, lease_until FROM outbox") == [
        ("accepted", f"ref-{message}", True, None)
    ]
    now = rig.world.clock()
    assert await rows(rig.world, "SELECT remind_at, expires_at FROM conversation") == [
        (now + timedelta(hours=24), now + timedelta(hours=72))
    ]
    assert await value(rig.world, "SELECT sent_at FROM invitation") == now


async def test_no_clock_runs_before_the_carrier_took_the_text(rig: Rig) -> None:
    rig.answer(Retry(timedelta(hours=2), Cause.BUSY))
    await rig.send()
    assert await rows(rig.world, "SELECT remind_at, expires_at FROM conversation") == [(None, None)]
    assert await value(rig.world, "SELECT sent_at FROM invitation") is None


async def test_a_number_that_opted_out_at_the_carrier_is_withdrawn_here_and_its_queue_cancelled(rig: Rig) -> None:
    await text(rig.world, AMINA, "hello?")
    await drain_inbox(rig.context, rig.world.clock())
    rig.answer(Rejected(Cause.OPTED_OUT, "21610"))
    await send_outbox(rig.context, rig.world.clock(), limit=1)
    assert await value(rig.world, "SELECT consent FROM worker") == "withdrawn"
    assert await rows(rig.world, "SELECT act, how FROM consent_ledger") == [("withdrawn", "carrier")]
    assert sorted(await rig.states()) == ["cancelled", "failed"]
    assert await value(rig.world, "SELECT count(*) FROM conversation WHERE open") == 0
    # What was refused was the answer to her hello; the round's first text was taken back and never tried.
    assert await value(rig.world, "SELECT disposition FROM invitation") == "not-attempted"
    assert await value(rig.world, "SELECT code FROM outbox WHERE state = 'failed'") == "21610"


async def test_a_number_that_does_not_exist_is_not_eligible(rig: Rig) -> None:
    rig.answer(Rejected(Cause.BAD_NUMBER))
    await rig.send()
    assert await rig.states() == ["failed"]
    assert await rows(rig.world, "SELECT disposition, failed_at IS NOT NULL FROM invitation") == [
        ("not-eligible", True)
    ]
    assert await value(rig.world, "SELECT count(*) FROM conversation WHERE open") == 0
    assert await value(rig.world, "SELECT consent FROM worker") == "unasked"


@pytest.mark.parametrize("cause", [Cause.FILTERED, Cause.ROUTE, Cause.OTHER])
async def test_a_text_refused_for_other_reasons_does_not_keep_the_conversation_open_for_ever(
    rig: Rig, cause: Cause
) -> None:
    rig.answer(Rejected(cause))
    await rig.send()
    assert await rig.states() == ["failed"]
    rig.world.clock.forward(hours=73)
    assert await expire_talks(rig.context, rig.world.clock()) == 1


async def test_an_offer_that_was_refused_lapses_and_frees_the_worker(world: World) -> None:
    await world.roster(f"{BILAL},gazipur,en,male")
    await register(world, service("Food bank", "food"))
    await write(world)
    await launch_round(world.context, world.id, Launch("pulse", "R", parse_plan({"spread_minutes": 0})), world.clock())
    await say(world, BILAL, "hello")
    rig = Rig(world)
    await say(world, BILAL, "1", "4", "2")
    # The offer is made when the survey is done; its text is filtered away.
    await text(world, BILAL, "2")
    await drain_inbox(rig.context, world.clock())
    await rig.send()
    rig.answer(Rejected(Cause.FILTERED))
    from app.jobs.helping import route_needs

    assert (await route_needs(rig.context, world.clock())).offered == 1
    await rig.send()
    assert await value(world, "SELECT count(*) FROM conversation WHERE open") == 1
    world.clock.forward(hours=73)
    await expire_talks(rig.context, world.clock())
    assert await value(world, "SELECT count(*) FROM conversation WHERE open") == 0
    assert await value(world, "SELECT state FROM need") == "declined"


async def test_a_busy_carrier_is_tried_again_later_and_not_before(rig: Rig) -> None:
    rig.answer(Retry(timedelta(minutes=10), Cause.BUSY))
    await rig.send()
    assert await rig.states() == ["queued"]
    rig.world.clock.forward(minutes=9)
    await rig.send()
    assert len(rig.carrier.handed) == 1
    rig.world.clock.forward(minutes=1)
    rig.answer(Accepted("at last"))
    await rig.send()
    assert await rows(rig.world, "SELECT state, attempts FROM outbox") == [("accepted", 2)]


async def test_the_wait_grows_with_each_try_and_is_spread_and_the_eighth_is_the_last(rig: Rig) -> None:
    rig.chance = 0.5
    rig.answer(Retry(timedelta(minutes=10), Cause.BUSY, "20429"))
    waits = []
    for _ in range(8):
        await rig.send()
        due = await value(rig.world, "SELECT due_at FROM outbox")
        waits.append((due - rig.world.clock()) / timedelta(minutes=10))
        rig.world.clock.now = max(due, rig.world.clock())
    # Ten minutes, doubled up to an hour, and an eighth more: half of the quarter it may be spread over.
    assert waits == [1.125, 2.25, 4.5, 6.75, 6.75, 6.75, 6.75, 0]
    assert len(rig.carrier.handed) == 8
    assert await rows(rig.world, "SELECT state, cause, dead_at IS NOT NULL FROM outbox") == [("failed", "busy", True)]
    rig.world.clock.forward(days=1)
    await rig.send()
    assert len(rig.carrier.handed) == 8


async def test_a_carrier_may_say_how_often_a_text_is_tried_in_all(rig: Rig) -> None:
    rig.answer(Retry(timedelta(hours=4), Cause.UNREACHABLE, "30003", attempts=2))
    for _ in range(4):
        await rig.send()
        rig.world.clock.forward(hours=4)
    assert len(rig.carrier.handed) == 2
    assert await rows(rig.world, "SELECT state, dead_at FROM outbox") == [("failed", None)], "nobody can mend a phone"


async def test_while_a_carrier_is_busy_its_sender_rests_and_the_other_texts_keep_their_tries(rig: Rig) -> None:
    rig.answer(Retry(timedelta(minutes=2), Cause.BUSY))
    await rig.send()
    await text(rig.world, BILAL, "hello?")
    await drain_inbox(rig.context, rig.world.clock())
    await rig.send()
    assert len(rig.carrier.handed) == 1
    rig.answer(Accepted("at last"))
    rig.world.clock.forward(minutes=2)
    await rig.send()
    assert [text.to for text in rig.carrier.handed] == [AMINA, BILAL]


async def test_a_batch_is_handed_over_in_the_sizes_the_carrier_takes(rig: Rig) -> None:
    rig.carrier.capabilities = replace(rig.carrier.capabilities, max_batch=2)
    sizes = await five_more(rig)
    await rig.send()
    assert sizes == [2, 2, 2]


async def test_on_the_order_to_stop_the_batch_under_way_is_finished_and_the_rest_given_back(rig: Rig) -> None:
    rig.carrier.capabilities = replace(rig.carrier.capabilities, max_batch=2)
    sizes = await five_more(rig)
    sent = await send_outbox(rig.context, rig.world.clock(), stopping=lambda: bool(sizes))
    assert (sent.accepted, sent.postponed) == (2, 4)
    assert sizes == [2]
    assert await rows(rig.world, "SELECT attempts, lease_until, cause, count(*) FROM outbox WHERE state = 'queued'"
                      " GROUP BY 1, 2, 3") == [(0, None, "given-back", 4)]  # fmt: skip
    await rig.send()
    assert sizes == [2, 2, 2]
    assert len({text.message for text in rig.carrier.handed}) == 6, "each once"


class Silent(Server):
    """A carrier's server that takes every text and never says a word."""

    def __init__(self) -> None:
        super().__init__()
        self.received = 0

    async def answer(self, request: Received, writer: asyncio.StreamWriter) -> bool:  # noqa: ARG002 - nothing is answered
        self.received += 1
        await self._closing.wait()
        return False


async def test_a_carrier_that_hangs_holds_up_no_order_to_stop(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it was told of is Unknown; what it was not told of is another's to send."""
    monkeypatch.setattr(handing, "LAST_SECONDS", 0.05)
    await five_more(rig)
    async with Silent() as silent:
        exchange = Exchange(at_once=2)

        async def send(batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
            async def create(_text: OutboundText) -> Outcome:
                await exchange.ask("POST", silent.url)
                return Accepted("never")

            return await exchange.hand_over(batch, policy("twilio"), create)

        monkeypatch.setattr(rig.carrier, "send", send)
        async with asyncio.timeout(5):
            sent = await send_outbox(rig.context, rig.world.clock(), stopping=lambda: silent.received > 0)
        await exchange.aclose()
    assert (sent.unknown, sent.postponed) == (2, 4)
    assert silent.received == 2
    assert await rows(rig.world, "SELECT state, cause, attempts, left_no IS NULL, lease_until, count(*) FROM outbox"
                      " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1") == [
        ("queued", "given-back", 0, True, None, 4), ("unknown", "timeout", 1, False, None, 2),
    ]  # fmt: skip


class KilledError(BaseException):
    """The end of a process, which nothing in it can catch."""


async def test_a_process_that_is_killed_leaves_only_what_it_was_handing_over_unknown(rig: Rig) -> None:
    rig.carrier.capabilities = replace(rig.carrier.capabilities, max_batch=2)
    sizes = await five_more(rig)
    obey = rig.carrier.send

    async def dies(batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        if sizes:
            raise KilledError
        return await obey(batch)

    rig.carrier.send = dies  # type: ignore[method-assign]
    with pytest.raises(KilledError):
        await rig.send()
    rig.carrier.send = obey  # type: ignore[method-assign]
    rig.world.clock.forward(minutes=21)
    await reap_leases(rig.context, rig.world.clock())
    assert sorted(await rig.states()) == ["accepted", "accepted", "queued", "queued", "unknown", "unknown"]
    await rig.send()
    assert len({text.message for text in rig.carrier.handed}) == len(rig.carrier.handed) == 4, "none of them twice"


async def five_more(rig: Rig) -> list[int]:
    """Five strangers write and are to be answered; the sizes of the batches handed over from now on."""
    for at in range(5):
        await text(rig.world, f"+88017119999{at:02}", "hello")
    await drain_inbox(rig.context, rig.world.clock())
    sizes: list[int] = []
    obey = rig.carrier.send

    async def counted(batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        sizes.append(len(batch))
        return await obey(batch)

    rig.carrier.send = counted  # type: ignore[method-assign]
    return sizes


async def test_a_slow_carrier_holds_up_no_other(rig: Rig) -> None:
    slow, together = Obedient(), asyncio.Event()
    slow.name = "slow"

    async def waits(batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        # It answers when the other carrier was handed its batch, and not before.
        async with asyncio.timeout(20):
            await together.wait()
        return {text.message: Accepted(f"slow-{text.message}") for text in batch}

    def tells(text: OutboundText) -> Outcome:
        together.set()
        return Accepted(f"ref-{text.message}")

    slow.send = waits  # type: ignore[method-assign, assignment]
    rig.carrier.answer = tells
    world = rig.world
    async with world.context.database.transaction() as store:
        channel = await save_channel(store, world.id, "slow", "+15005550400", world.clock())
        people = await ensure_identities(store, world.context.vault, world.id, [BILAL], world.clock())
        texts = [Outgoing(world.id, people[BILAL], channel.id, "slow", Say("neutral"), "en", BULK)]
        await enqueue(store, texts, world.clock())
    context = Context(
        rig.context.database, rig.context.vault, {"slow": slow, "simulator": rig.carrier}, rig.context.catalogue
    )
    assert (await send_outbox(context, world.clock())).accepted == 2


async def test_a_text_that_cannot_be_written_holds_up_no_other_and_never_left(rig: Rig) -> None:
    await text(rig.world, BILAL, "hello")
    await drain_inbox(rig.context, rig.world.clock())
    await run(rig.world, 'UPDATE outbox SET say = say || \'{"key": "no such text"}\' WHERE priority = 0')
    await rig.send()
    assert [text.to for text in rig.carrier.handed] == [AMINA]
    assert await rows(rig.world, "SELECT state, cause, code, dead_at IS NOT NULL FROM outbox WHERE priority = 0") == [
        ("failed", "unreadable", "wording", True)
    ]


async def test_what_the_carrier_said_is_written_down_when_the_database_is_back(rig: Rig) -> None:
    away, waited = [UnavailableError("away"), ContentionError("in the way"), UnavailableError("away")], list[float]()

    async def write() -> None:
        if away:
            raise away.pop()

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    await persistently(write, pause)
    assert len(waited) == 3
    assert waited == sorted(waited)


@pytest.mark.parametrize("how", ["says unknown", "breaks", "says nothing"])
async def test_what_may_have_left_is_never_sent_again(rig: Rig, how: str) -> None:
    def breaks(_text: OutboundText) -> Outcome:
        raise ConnectionError("cut off")

    if how == "breaks":
        rig.carrier.answer = breaks
    elif how == "says unknown":
        rig.answer(Unknown(Cause.TIMEOUT))
    else:

        async def silent(batch: list[OutboundText]) -> dict[str, Outcome]:
            rig.carrier.handed += batch
            return {}

        rig.carrier.send = silent  # type: ignore[method-assign, assignment]
    await rig.send()
    assert await rig.states() == ["unknown"]
    assert await value(rig.world, "SELECT sent_at FROM invitation") is not None, "it counts as tried"
    for _ in range(5):
        rig.world.clock.forward(days=1)
        await rig.send()
        await reap_leases(rig.context, rig.world.clock())
    assert len(rig.carrier.handed) == 1


async def test_a_crash_after_the_claim_leaves_unknown_and_nothing_goes_twice(rig: Rig) -> None:
    async with rig.context.database.transaction() as store:
        assert len((await claim_due(store, rig.world.clock(), 10)).texts) == 1
    # Here the process died: nobody knows whether the carrier heard of it.
    await rig.send()
    assert rig.carrier.handed == []
    rig.world.clock.forward(minutes=21)
    assert await reap_leases(rig.context, rig.world.clock()) == 1
    await rig.send()
    assert rig.carrier.handed == []
    assert await rig.states() == ["unknown"]
    assert await value(rig.world, "SELECT sent_at FROM invitation") is not None, "it may have left, so it was tried"
    rig.world.clock.forward(hours=73)
    assert await expire_talks(rig.context, rig.world.clock()) == 1, "and its conversation does not stay open for ever"


async def test_who_answers_a_text_whose_sender_died_over_it_is_heard(rig: Rig) -> None:
    async with rig.context.database.transaction() as store:
        await claim_due(store, rig.world.clock(), 10)
    # Here the process died; the text was on its way, and Amina answers long before anybody looks at the lease.
    await text(rig.world, AMINA, "1")
    await drain_inbox(rig.context, rig.world.clock())
    assert await value(rig.world, "SELECT consent FROM worker") == "granted"
    assert await value(rig.world, "SELECT say->>'question' FROM outbox WHERE state = 'queued'") == "safe"


async def test_what_was_written_before_the_first_text_left_answers_nothing(rig: Rig) -> None:
    await text(rig.world, AMINA, "1")
    async with rig.context.database.transaction() as store:
        await claim_due(store, rig.world.clock(), 10)
    await drain_inbox(rig.context, rig.world.clock())
    assert await value(rig.world, "SELECT consent FROM worker") == "unasked"


@pytest.mark.parametrize(("delivery", "asked"), [(Delivery.DELIVERED, True), (Delivery.FAILED, False)])
async def test_a_report_starts_the_clocks_of_a_text_whose_sender_died_over_it(
    rig: Rig, delivery: Delivery, *, asked: bool
) -> None:
    async with rig.context.database.transaction() as store:
        await claim_due(store, rig.world.clock(), 10)
    await rig.report(told(await rig.message(), delivery, Cause.OTHER if not asked else None))
    assert await rows(
        rig.world, "SELECT asked_at IS NOT NULL, remind_at IS NOT NULL, expires_at IS NOT NULL FROM conversation"
    ) == [(asked, asked, True)]


async def test_the_texts_of_a_carrier_that_is_not_set_up_here_are_left_to_whoever_has_it(rig: Rig) -> None:
    context = Context(rig.context.database, rig.context.vault, {}, rig.context.catalogue)
    assert await send_outbox(context, rig.world.clock()) == Sent()
    assert await rows(rig.world, "SELECT state, attempts FROM outbox") == [("queued", 0)]
    await rig.send()
    assert await rig.states() == ["accepted"]


async def test_a_number_that_no_key_opens_holds_up_no_other(rig: Rig) -> None:
    await run(rig.world, "UPDATE identity SET key_version = 9")
    await rig.world.roster(f"{BILAL},gazipur,en,male")
    await text(rig.world, BILAL, "hello")
    await drain_inbox(rig.context, rig.world.clock())
    await rig.send()
    assert [text.to for text in rig.carrier.handed] == [BILAL]
    assert sorted(await rig.states()) == ["accepted", "failed"]


async def test_a_text_is_written_when_it_is_sent_and_names_the_organiser(rig: Rig) -> None:
    await run(rig.world, "UPDATE programme SET organiser = 'New Name'")
    await rig.send()
    assert rig.carrier.handed[0].text.startswith("New Name asks about your work")
    assert "New Name" not in str(await rows(rig.world, "SELECT outbox::text FROM outbox"))


# -- reports --------------------------------------------------------------------------------------


def told(message: UUID | str, delivery: Delivery, cause: Cause | None = None, reference: str = "") -> StatusReport:
    return StatusReport(reference or f"ref-{message}", str(message), delivery, cause)


@pytest.mark.parametrize(
    ("order", "state"),
    [
        pytest.param([Delivery.SENT, Delivery.DELIVERED], "delivered", id="in order"),
        pytest.param([Delivery.DELIVERED, Delivery.SENT], "delivered", id="the other way round"),
        pytest.param([Delivery.DELIVERED, Delivery.DELIVERED], "delivered", id="twice"),
        pytest.param([Delivery.FAILED, Delivery.QUEUED], "failed", id="failed, then an old word"),
        pytest.param([Delivery.FAILED, Delivery.DELIVERED], "delivered", id="reached the phone after all"),
        pytest.param([Delivery.DELIVERED, Delivery.FAILED], "delivered", id="a phone cannot unreceive"),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
async def test_reports_come_in_any_order_and_twice(
    rig: Rig, order: list[Delivery], state: str, *, together: bool
) -> None:
    await rig.send()
    message = await rig.message()
    reports = [told(message, delivery, Cause.OTHER if delivery is Delivery.FAILED else None) for delivery in order]
    for batch in [reports] if together else [[report] for report in reports]:
        assert await rig.report(*batch) == 1
    assert await rig.states() == [state]
    assert (await value(rig.world, "SELECT delivered_at FROM invitation") is not None) == (state == "delivered")


async def test_a_report_may_come_before_the_carriers_own_answer(rig: Rig) -> None:
    async def report_first(batch: list[OutboundText]) -> dict[str, Outcome]:
        await rig.report(*(told(text.message, Delivery.DELIVERED, reference="SM9") for text in batch))
        return {text.message: Accepted("SM9") for text in batch}

    rig.carrier.send = report_first  # type: ignore[method-assign, assignment]
    await rig.send()
    assert await rows(rig.world, "SELECT state, reference, segments > 0 FROM outbox") == [("delivered", "SM9", True)]
    assert await value(rig.world, "SELECT expires_at FROM conversation") is not None


@pytest.mark.parametrize(
    ("delivery", "state"),
    [(Delivery.SENT, "accepted"), (Delivery.DELIVERED, "delivered"), (Delivery.UNDELIVERED, "failed")],
)
async def test_a_report_resolves_what_was_unknown(rig: Rig, delivery: Delivery, state: str) -> None:
    rig.answer(Unknown(Cause.TIMEOUT))
    await rig.send()
    message = await rig.message()
    await rig.report(told(message, delivery, reference="SM1"))
    assert await rows(rig.world, "SELECT state, reference FROM outbox") == [(state, "SM1")]


async def test_a_report_finds_its_text_by_the_carriers_reference_alone(rig: Rig) -> None:
    await rig.send()
    message = await rig.message()
    assert await rig.report(StatusReport(f"ref-{message}", "", Delivery.DELIVERED)) == 1
    assert await rig.states() == ["delivered"]


@pytest.mark.parametrize("message", ["", "not-an-id", "00000000-0000-7000-8000-000000000000"])
async def test_a_report_of_a_text_that_is_not_ours_changes_nothing(rig: Rig, message: str) -> None:
    await rig.send()
    assert await rig.report(StatusReport("foreign", message, Delivery.FAILED, Cause.OPTED_OUT)) == 0
    assert await rig.states() == ["accepted"]
    assert await value(rig.world, "SELECT consent FROM worker") == "unasked"


async def test_a_report_over_another_carrier_is_not_believed(rig: Rig) -> None:
    await rig.send()
    report = told(await rig.message(), Delivery.DELIVERED)
    assert await take_reports(rig.context, "twilio", [report], rig.world.clock()) == 0
    assert await rig.states() == ["accepted"]


async def test_a_report_that_the_worker_opted_out_has_the_same_consequence(rig: Rig) -> None:
    await rig.send()
    await rig.report(told(await rig.message(), Delivery.FAILED, Cause.OPTED_OUT))
    assert await value(rig.world, "SELECT consent FROM worker") == "withdrawn"
    assert await value(rig.world, "SELECT count(*) FROM conversation WHERE open") == 0


# -- phones that were off -------------------------------------------------------------------------


async def test_a_phone_that_was_off_is_tried_once_more_four_hours_later(rig: Rig) -> None:
    await rig.send()
    first = await rig.message()
    for _ in range(2):  # carriers repeat themselves
        await rig.report(told(first, Delivery.UNDELIVERED, Cause.UNREACHABLE))
    assert await rows(rig.world, "SELECT retry_of, state FROM outbox WHERE id <> :first", first=first) == [
        (first, "queued")
    ]
    assert await value(rig.world, "SELECT failed_at FROM invitation") is None, "it is not given up yet"
    rig.world.clock.forward(hours=3, minutes=59)
    await rig.send()
    assert len(rig.carrier.handed) == 1
    rig.world.clock.forward(minutes=1)
    await rig.send()
    second = UUID(rig.carrier.handed[1].message)
    assert second != first
    assert rig.carrier.handed[1].text == rig.carrier.handed[0].text
    # Late word of the first try says nothing of the second.
    await rig.report(told(first, Delivery.FAILED, Cause.UNREACHABLE))
    assert await rig.states() == ["failed", "accepted"]
    await rig.report(told(second, Delivery.UNDELIVERED, Cause.UNREACHABLE))
    assert await value(rig.world, "SELECT count(*) FROM outbox") == 2, "once, and not for ever"
    assert await value(rig.world, "SELECT failed_at FROM invitation") is not None


async def test_nobody_is_sent_again_what_they_do_not_wait_for_any_more(rig: Rig) -> None:
    await rig.send()
    await run(rig.world, "UPDATE conversation SET open = false")
    await rig.report(told(await rig.message(), Delivery.UNDELIVERED, Cause.UNREACHABLE))
    assert await rig.states() == ["failed"]
    assert await value(rig.world, "SELECT failed_at FROM invitation") is not None


@pytest.mark.parametrize("cause", [Cause.FILTERED, Cause.BAD_NUMBER, Cause.OTHER])
async def test_what_would_fail_again_is_not_tried_again(rig: Rig, cause: Cause) -> None:
    await rig.send()
    await rig.report(told(await rig.message(), Delivery.FAILED, cause))
    assert await rig.states() == ["failed"]
    mendable = cause is not Cause.BAD_NUMBER
    assert (await value(rig.world, "SELECT dead_at FROM outbox") is not None) == mendable
