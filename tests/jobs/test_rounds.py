"""Rounds: previewed, launched, asked at a decent hour, reminded once, closed with a disposition for everyone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from app.domain.errors import (
    DraftWordingError,
    InvalidError,
    NoReplyRouteError,
    SurveyNotPublishedError,
    UnavailableError,
)
from app.domain.rounds import parse_plan
from app.jobs.launching import Launch, fire_schedule, launch_round, schedule_round, schedules
from app.jobs.previewing import preview_round
from app.jobs.writing import keep_draft, load_bundled, publish
from app.worker import Recurrences, first_ticks, trigger, upcoming
from tests.conftest import AMINA, BILAL, CHAMPA, WANJIRU, World
from tests.steps import PULSE, ask, rows, run, say, settle, value, write

DHAKA = ZoneInfo("Asia/Dhaka")


@pytest.fixture
async def staffed(world: World) -> World:
    """Three workers in Gazipur, one in Nairobi, and a published survey."""
    await world.roster(
        f"{AMINA},gazipur,en,female",
        f"{BILAL},gazipur,en,male",
        f"{CHAMPA},gazipur,en,female",
        f"{WANJIRU},nairobi,en,",
    )
    await write(world)
    return world


async def preview(world: World, survey: str = "pulse", **plan: Any) -> Any:
    return await preview_round(world.context, world.id, Launch(survey, "R", parse_plan(plan)), world.clock())


async def launched(world: World, seed: int = 0, opens_at: datetime | None = None, **plan: Any) -> UUID:
    launch = Launch("pulse", f"R {uuid4()}", parse_plan({"spread_minutes": 0, **plan}), seed=seed, opens_at=opens_at)
    return await launch_round(world.context, world.id, launch, world.clock())


async def dispositions(world: World) -> dict[str, str | None]:
    """Number → disposition."""
    async with world.context.database.transaction() as store:
        found = await store.rows(
            "SELECT identity.id, cipher, key_version, disposition FROM invitation"
            " JOIN identity ON identity.worker_id = invitation.worker_id"
        )
    vault = world.context.vault
    return {vault.open("identity", row.id, bytes(row.cipher), row.key_version): row.disposition for row in found}


# -- before the launch ----------------------------------------------------------------------------


async def test_a_preview_tells_people_segments_cost_and_finish_and_changes_nothing(staffed: World) -> None:
    await run(staffed, "UPDATE enrolment SET language = 'bn' WHERE gender = 'male'")
    told = await preview(staffed, spread_minutes=0)
    assert (told.people, told.not_asked) == (3, 1), "one speaks a language the survey has not"
    assert dict(told.by_country) == {"BD": 2, "KE": 1}
    assert dict(told.by_language) == {"en": 3}
    # Intro, three questions and thanks, one of them longer than a segment.
    assert told.segments % 3 == 0
    assert told.segments >= 15
    segments = told.segments // 3
    prices = staffed.context.catalogue
    expected: dict[str, float] = {}
    for country, people in told.by_country.items():
        price = prices.price(country)
        expected[price.currency] = round(expected.get(price.currency, 0) + people * segments * price.per_segment, 2)
    assert told.cost == pytest.approx(expected)
    assert told.first_text_at == staffed.clock()
    # 07:00 in Nairobi is quiet until 09:00 there.
    assert told.last_text_at == datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
    assert told.ends_at == staffed.clock() + timedelta(days=7)
    assert told.warnings == (
        "Nobody is named who is told of sensitive cases: name the focal points, under People or by `PUT /v1/focal-points`.",
    )
    assert await value(staffed, "SELECT count(*) FROM round") == 0


async def test_a_preview_warns_of_drafts(staffed: World) -> None:
    await keep_draft(
        staffed.context,
        staffed.id,
        {**PULSE, "survey": "fresh", "reviews": {"en": {"status": "draft"}}},
        staffed.clock(),
    )
    told = await preview(staffed, "fresh")
    assert len([warning for warning in told.warnings if "draft" in warning]) == 2


@pytest.mark.parametrize(
    ("sample", "people"),
    [
        pytest.param({"kind": "all"}, 4, id="all"),
        pytest.param({"kind": "share", "share": 0.5}, 2, id="half"),
        pytest.param({"kind": "share", "share": 0.51}, 3, id="rounded up to whole people"),
        pytest.param({"kind": "per_stratum", "n": 1}, 3, id="one of each site and gender"),
    ],
)
async def test_a_sample_is_drawn_as_the_plan_says(staffed: World, sample: dict[str, Any], people: int) -> None:
    assert (await preview(staffed, sample=sample)).people == people
    await launched(staffed, sample=sample)
    await settle(staffed)
    assert await value(staffed, "SELECT count(*) FROM invitation") == people


async def test_the_same_seed_asks_the_same_people(staffed: World) -> None:
    async def drawn(seed: int) -> list[Any]:
        created = await launched(staffed, seed, sample={"kind": "share", "share": 0.5})
        await settle(staffed)
        assert await value(staffed, "SELECT seed FROM round WHERE id = :id", id=created) == seed
        asked = "SELECT worker_id FROM invitation WHERE round_id = :id ORDER BY 1"
        return await rows(staffed, asked, id=created)

    first = await drawn(7)
    assert await drawn(7) == first
    assert [await drawn(seed) for seed in range(8, 14)] != [first] * 6


# -- refused --------------------------------------------------------------------------------------


async def test_a_draft_survey_is_not_asked(staffed: World) -> None:
    await keep_draft(staffed.context, staffed.id, PULSE, staffed.clock())
    with pytest.raises(SurveyNotPublishedError):
        await launched(staffed)
    assert await value(staffed, "SELECT count(*) FROM round") == 0
    # The version before it is published still.
    launch = Launch("pulse", "R", parse_plan({}), version=1)
    await launch_round(staffed.context, staffed.id, launch, staffed.clock())


async def test_a_draft_wording_needs_someone_to_take_it_on_their_name_and_that_is_recorded(staffed: World) -> None:
    await load_bundled(staffed.context, staffed.id, staffed.clock())
    for accepted in (None, {}, {"by": "Farida"}, {"by": "", "reason": "x"}):
        launch = Launch("who-5", "R", parse_plan({}), accept_drafts=accepted)
        with pytest.raises(DraftWordingError):
            await launch_round(staffed.context, staffed.id, launch, staffed.clock())
    taken = {"by": "Farida", "reason": "read with ten workers"}
    launch = Launch("who-5", "R", parse_plan({}), accept_drafts=taken)
    await launch_round(staffed.context, staffed.id, launch, staffed.clock())
    assert await rows(staffed, "SELECT override FROM round") == [(taken,)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("UPDATE channel SET two_way = false", id="one-way number"),
        pytest.param("UPDATE channel SET sender = 'OPENLINE'", id="a name"),
    ],
)
async def test_no_round_on_a_sender_that_cannot_be_answered(staffed: World, change: str) -> None:
    await run(staffed, change)
    with pytest.raises(NoReplyRouteError):
        await launched(staffed)


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        pytest.param({"sites": ["atlantis"]}, "Nobody could be asked", id="nobody there"),
        pytest.param({"window": {"opens": "21:00", "closes": "23:00"}}, "quiet hours", id="window within quiet hours"),
    ],
)
async def test_a_round_that_could_ask_nobody_is_refused_and_not_kept(
    staffed: World, plan: dict[str, Any], why: str
) -> None:
    with pytest.raises(InvalidError, match=why):
        await launched(staffed, **plan)
    assert await value(staffed, "SELECT count(*) FROM round") == 0


async def test_a_round_that_can_no_longer_be_asked_holds_up_no_other(staffed: World) -> None:
    broken = await launched(staffed)
    await run(
        staffed,
        'UPDATE round SET plan = jsonb_set(plan, \'{window}\', \'{"opens": "21:00", "closes": "23:00"}\')'
        " WHERE id = :id",
        id=broken,
    )
    await launched(staffed)
    await settle(staffed)
    assert len(staffed.texts(AMINA)) == 1


# -- at a decent hour -----------------------------------------------------------------------------


async def test_each_is_asked_in_their_own_morning(staffed: World) -> None:
    await ask(staffed)
    assert len(staffed.texts(AMINA)) == 1, "10:00 in Dhaka"
    assert staffed.texts(WANJIRU) == [], "07:00 in Nairobi"
    staffed.clock.now = datetime(2026, 11, 2, 5, 59, tzinfo=UTC)
    await settle(staffed)
    assert staffed.texts(WANJIRU) == []
    staffed.clock.now = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
    await settle(staffed)
    assert len(staffed.texts(WANJIRU)) == 1


async def test_a_round_opened_at_night_asks_in_the_morning(staffed: World) -> None:
    staffed.clock.now = datetime(2026, 11, 2, 17, 0, tzinfo=UTC)  # 23:00 in Dhaka
    await ask(staffed, sites=["gazipur"])
    assert staffed.texts(AMINA) == []
    assert await value(staffed, "SELECT min(planned_at) FROM invitation") == datetime(2026, 11, 3, 9, tzinfo=DHAKA)


async def test_the_hour_is_looked_at_again_when_a_text_is_sent(staffed: World) -> None:
    from app.jobs.asking import begin_due, open_due_rounds

    await launched(staffed, sites=["gazipur"])
    await open_due_rounds(staffed.context, staffed.clock())
    await begin_due(staffed.context, staffed.clock())
    # The worker was down until 23:00 in Dhaka.
    staffed.clock.now = datetime(2026, 11, 2, 17, 0, tzinfo=UTC)
    await settle(staffed)
    assert staffed.texts(AMINA) == []
    waiting = await rows(staffed, "SELECT DISTINCT state, cause, attempts, due_at FROM outbox")
    assert waiting == [("queued", "quiet-hours", 0, datetime(2026, 11, 3, 9, tzinfo=DHAKA))]
    staffed.clock.now = datetime(2026, 11, 3, 3, 0, tzinfo=UTC)
    await settle(staffed)
    assert len(staffed.texts(AMINA)) == 1


async def test_a_worker_who_writes_at_night_is_answered_at_night(staffed: World) -> None:
    await ask(staffed, sites=["gazipur"])
    staffed.clock.now = datetime(2026, 11, 2, 17, 0, tzinfo=UTC)
    assert len(await say(staffed, AMINA, "1")) == 2


async def test_a_spread_round_asks_some_at_a_time(staffed: World) -> None:
    await ask(staffed, sites=["gazipur"], spread_minutes=90)
    reached = []
    for _ in range(3):
        reached.append(sum(bool(staffed.texts(number)) for number in (AMINA, BILAL, CHAMPA)))
        staffed.clock.forward(minutes=30)
        await settle(staffed)
    assert reached == [1, 2, 3]


# -- reminder and expiry --------------------------------------------------------------------------


async def test_the_silent_are_reminded_once_and_no_more(staffed: World) -> None:
    await ask(staffed, sites=["gazipur"], lasts_days=14)
    await say(staffed, BILAL, "1", "3", "1", "2")
    counts = []
    for _ in range(6):
        staffed.clock.forward(hours=24)
        await settle(staffed)
        counts.append(len(staffed.texts(AMINA)))
    assert counts == [2, 2, 2, 2, 2, 2]
    assert "reminder" in staffed.texts(AMINA)[-1]
    assert len(staffed.texts(BILAL)) == 5, "who answered everything is left alone"


async def test_whoever_answers_after_the_reminder_is_not_reminded_of_the_next_question(staffed: World) -> None:
    await ask(staffed, sites=["gazipur"], lasts_days=14)
    staffed.clock.forward(hours=24)
    await settle(staffed)
    await say(staffed, AMINA, "1")
    before = len(staffed.texts(AMINA))
    for _ in range(2):
        staffed.clock.forward(hours=24)
        await settle(staffed)
    assert len(staffed.texts(AMINA)) == before


async def test_a_reminder_never_comes_at_night(staffed: World) -> None:
    await ask(staffed, sites=["gazipur"], remind_after_hours=12)  # 22:00 in Dhaka
    staffed.clock.forward(hours=12)
    await settle(staffed)
    assert len(staffed.texts(AMINA)) == 1
    staffed.clock.forward(hours=11)
    await settle(staffed)
    assert len(staffed.texts(AMINA)) == 2


async def test_silence_ends_a_conversation_and_a_late_reply_is_received_politely(staffed: World) -> None:
    await ask(staffed, sites=["gazipur"], lasts_days=14)
    for _ in range(8):
        staffed.clock.forward(hours=24)
        await settle(staffed)
    assert await value(staffed, "SELECT count(*) FROM conversation WHERE open") == 0
    assert (await say(staffed, AMINA, "1"))[-1] == "We received your message. Thank you."


# -- the end --------------------------------------------------------------------------------------


async def test_a_round_closes_with_a_disposition_for_everyone(world: World) -> None:
    cast = {
        name: f"+88017110001{at:02}"
        for at, name in enumerate(
            ["whole", "half", "little", "refuser", "stopper", "silent", "muddled", "dead", "unasked"]
        )
    }
    from app.carriers.simulator import Simulator
    from app.jobs.roads import Roads

    world.simulator = Simulator(world.clock, dead=lambda number: number == cast["dead"])
    context = world.context
    roads = Roads({"simulator": world.simulator}, "http://testserver")
    world.wiring = replace(world.wiring, context=replace(context, carriers=roads), simulator=world.simulator)
    await world.roster(*(f"{number},gazipur,en,female" for number in cast.values()))
    await write(world, {**PULSE, "partial_after": "fed"})
    # The one who will not be asked has withdrawn between the invitation and its hour.
    created = await ask(world, spread_minutes=0, window={"opens": "11:00", "closes": "20:00"})
    await say(world, cast["unasked"], "STOP")
    world.clock.forward(hours=1)
    await settle(world)
    await say(world, cast["whole"], "1", "4", "1", "2")
    await say(world, cast["half"], "1", "4", "1")
    await say(world, cast["little"], "1", "4")
    await say(world, cast["refuser"], "2")
    await say(world, cast["stopper"], "1", "STOP")
    await say(world, cast["muddled"], "blue", "green")
    world.clock.forward(days=8)
    await settle(world)
    assert await value(world, "SELECT state FROM round WHERE id = :id", id=created) == "closed"
    assert await dispositions(world) == {
        cast["whole"]: "complete",
        cast["half"]: "partial",
        cast["little"]: "refusal",  # a break-off before the partial point
        cast["refuser"]: "refusal",
        cast["stopper"]: "refusal",
        cast["silent"]: "non-contact",
        cast["muddled"]: "other",
        cast["dead"]: "unknown",
        cast["unasked"]: "not-attempted",
    }
    assert await value(world, "SELECT count(*) FROM conversation WHERE open") == 0
    assert await value(world, "SELECT count(*) FROM outbox WHERE state = 'queued'") == 0


async def test_the_last_answers_of_a_round_are_published_when_it_closes(staffed: World) -> None:
    created = await ask(staffed, lasts_days=2)
    await say(staffed, AMINA, "1", "4")
    staffed.clock.forward(days=3)
    await settle(staffed)
    (last,) = await rows(
        staffed, "SELECT at, funnel FROM publication WHERE round_id = :id ORDER BY at DESC LIMIT 1", id=created
    )
    assert last[0] == staffed.clock()
    assert last[1]["partial"] == 1
    count = await value(staffed, "SELECT count(*) FROM publication")
    staffed.clock.forward(days=3)
    await settle(staffed)
    assert await value(staffed, "SELECT count(*) FROM publication") == count, "a closed round is not published for ever"


async def test_a_worker_in_two_rounds_is_asked_one_after_the_other(staffed: World) -> None:
    await ask(staffed, sites=["gazipur"])
    await ask(staffed, sites=["gazipur"])
    assert len(staffed.texts(AMINA)) == 1
    await say(staffed, AMINA, "1", "4", "1", "2")
    await settle(staffed)
    assert len(staffed.texts(AMINA)) == 6, "the second begins when the first is done"


# -- recurrence -----------------------------------------------------------------------------------


async def test_a_schedule_makes_one_round_for_a_local_date(staffed: World) -> None:
    await schedule_round(
        staffed.context, staffed.id, "pulse", "Weekly", "0 10 * * mon", "Asia/Dhaka", parse_plan({}), staffed.clock()
    )
    (schedule,) = await schedules(staffed.context)
    first = await fire_schedule(staffed.context, schedule, date(2026, 11, 2), staffed.clock())
    assert first is not None
    assert await fire_schedule(staffed.context, schedule, date(2026, 11, 2), staffed.clock.forward(hours=1)) is None
    assert await fire_schedule(staffed.context, schedule, date(2026, 11, 9), staffed.clock.forward(days=7)) is not None
    assert await rows(staffed, "SELECT name FROM round ORDER BY name") == [
        ("Weekly 2026-11-02",),
        ("Weekly 2026-11-09",),
    ]


async def test_two_workers_that_tick_at_once_make_one_round(staffed: World) -> None:
    import asyncio

    await schedule_round(
        staffed.context, staffed.id, "pulse", "Daily", "0 10 * * *", "Asia/Dhaka", parse_plan({}), staffed.clock()
    )
    (schedule,) = await schedules(staffed.context)
    made = await asyncio.gather(
        *(fire_schedule(staffed.context, schedule, date(2026, 11, 2), staffed.clock()) for _ in range(4))
    )
    assert sum(created is not None for created in made) == 1


async def test_when_clocks_go_back_the_hour_that_comes_twice_makes_one_round(staffed: World) -> None:
    paris = ZoneInfo("Europe/Paris")
    await schedule_round(
        staffed.context, staffed.id, "pulse", "Nightly", "30 2 * * *", "Europe/Paris", parse_plan({}), staffed.clock()
    )
    (schedule,) = await schedules(staffed.context)
    # 02:30 comes at 00:30 and at 01:30 UTC on 25 October 2026; a worker may tick at both.
    moments = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    dates = [moment.astimezone(paris).date() for moment in moments]
    assert [moment.astimezone(paris).hour for moment in moments] == [2, 2]
    made = [
        await fire_schedule(staffed.context, schedule, day, moment) for day, moment in zip(dates, moments, strict=True)
    ]
    assert [created is not None for created in made] == [True, False]
    assert len(upcoming("30 2 * * *", paris, datetime(2026, 10, 24, 12, tzinfo=UTC))) == 3


async def test_a_tick_that_came_while_no_worker_ran_is_made_up_for_once(staffed: World) -> None:
    await schedule_round(
        staffed.context, staffed.id, "pulse", "Daily", "0 10 * * *", "Asia/Dhaka", parse_plan({}), staffed.clock()
    )
    # The line was down for three days, and came back at noon: today's poll opens late, the others are only told of.
    staffed.clock.now = datetime(2026, 11, 5, 6, tzinfo=UTC)
    for _ in ("a worker", "another, or the same once more"):
        recurrences = Recurrences(staffed.context, staffed.clock)
        with capture_logs() as told:
            await recurrences.refresh()
            await recurrences.refresh()
        made = [local for (local,) in await rows(staffed, "SELECT local_date FROM round ORDER BY 1")]
        assert made == [date(2026, 11, 5)]
        assert [line["date"] for line in told if line["event"] == "schedule-missed"] == ["2026-11-03", "2026-11-04"]


async def test_a_tick_that_found_the_database_away_is_made_up_for_by_the_same_worker(
    staffed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    staffed.clock.now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    await schedule_round(
        staffed.context, staffed.id, "pulse", "Daily", "0 8 * * *", "Asia/Dhaka", parse_plan({}), staffed.clock()
    )
    staffed.clock.now = datetime(2026, 11, 2, 6, tzinfo=UTC)
    recurrences = Recurrences(staffed.context, staffed.clock)

    async def away(*_given: object) -> None:
        raise UnavailableError("away")

    with monkeypatch.context() as patched:
        patched.setattr("app.worker.recurrences.fire_schedule", away)
        await recurrences.refresh()
    assert await value(staffed, "SELECT count(*) FROM round") == 0
    await recurrences.refresh()
    assert await rows(staffed, "SELECT local_date FROM round") == [(date(2026, 11, 2),)]


@pytest.mark.parametrize(
    ("zone", "line", "after", "ticks"),
    [
        pytest.param("America/New_York", "30 1 * * *", "2026-10-31T12:00", ["01:30-04:00", "01:30-05:00"], id="twice"),
        pytest.param("America/New_York", "30 2 * * *", "2027-03-13T12:00", ["03:30-04:00", "02:30-04:00"], id="over"),
        pytest.param(
            "America/Santiago", "0 0 * * *", "2026-09-05T12:00", ["01:00-03:00", "00:00-03:00"], id="midnight"
        ),
        pytest.param("Asia/Dhaka", "0 10 29 2 *", "2026-09-05T12:00", ["10:00+06:00", "10:00+06:00"], id="leap day"),
    ],
)
def test_each_time_on_the_wall_comes_once_on_each_day(zone: str, line: str, after: str, ticks: list[str]) -> None:
    ticking, moment, found = trigger(line, ZoneInfo(zone)), datetime.fromisoformat(after).replace(tzinfo=UTC), []
    for _ in ticks:
        following = ticking.get_next_fire_time(moment, moment)
        assert following is not None
        found.append(following)
        moment = following
    assert [f"{tick:%H:%M}{tick.isoformat()[-6:]}" for tick in found] == ticks
    assert [tick.date() for tick in found] == sorted({tick.date() for tick in found})


def test_the_first_tick_of_each_date_is_what_counts() -> None:
    paris = ZoneInfo("Europe/Paris")
    ticks = first_ticks(
        trigger("30 2 * * *", paris), paris, datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC)
    )
    assert [moment.astimezone(UTC) for moment in ticks] == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]
    minutely = trigger("* * * * *", paris)
    since = datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert len(first_ticks(minutely, paris, since, since + timedelta(days=2))) == 3


async def test_a_schedule_keeps_the_rules_of_a_launch(staffed: World) -> None:
    await load_bundled(staffed.context, staffed.id, staffed.clock())
    args = ("Weekly", "0 10 * * mon", "Asia/Dhaka", parse_plan({}), staffed.clock())
    with pytest.raises(DraftWordingError):
        await schedule_round(staffed.context, staffed.id, "who-5", *args)
    await keep_draft(staffed.context, staffed.id, PULSE, staffed.clock())
    with pytest.raises(SurveyNotPublishedError):
        await schedule_round(staffed.context, staffed.id, "pulse", *args)
    await publish(staffed.context, staffed.id, "pulse", staffed.clock())
    await run(staffed, "UPDATE channel SET two_way = false")
    with pytest.raises(NoReplyRouteError):
        await schedule_round(staffed.context, staffed.id, "pulse", *args)
    assert await schedules(staffed.context) == []


async def test_a_worker_who_opted_out_is_not_invited(staffed: World) -> None:
    await say(staffed, AMINA, "stop")
    await ask(staffed, sites=["gazipur"])
    assert await value(staffed, "SELECT count(*) FROM invitation") == 2
    assert len(staffed.texts(AMINA)) == 1, "the goodbye alone"
