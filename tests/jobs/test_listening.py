"""Replies: once each, in order, STOP before everything, and one that cannot be handled holds up nobody."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.carriers.protocol import InboundText
from app.domain.survey import Sensitivity, Urgency
from app.jobs import effects, gathering
from app.jobs.keeping import keep, keep_all
from app.jobs.listening import drain_inbox
from app.jobs.parcels import Parcel, pack, unpack
from app.jobs.rosters import RosterReport, import_roster
from tests.conftest import AMINA, BILAL, CHAMPA, OTHER_SENDER, SENDER, STRANGER, World, lines
from tests.steps import ask, register, rows, run, say, service, settle, text, value, write

NEUTRAL = "We received your message. Thank you."
GOODBYE = "You will get no more messages from us. To start again reply START."


@pytest.fixture
async def asked(world: World) -> World:
    """Amina and Bilal were just asked."""
    await world.roster(f"{AMINA},gazipur,en,female", f"{BILAL},gazipur,en,male")
    await write(world)
    await ask(world)
    return world


# -- STOP and START -------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [[], ["1"], ["1", "4"]], ids=["at once", "after consent", "half-way"])
async def test_stop_ends_everything_and_only_start_is_answered_from_then_on(asked: World, before: list[str]) -> None:
    texts = await say(asked, AMINA, *before, "Stop!")
    assert texts[-1] == GOODBYE
    assert await value(asked, "SELECT count(*) FROM worker WHERE consent = 'withdrawn'") == 1
    assert ("withdrawn", "sms") in await rows(asked, "SELECT act, how FROM consent_ledger")
    count = len(texts)
    for words in ("hello", "1", "help", "STOP", "what is this?"):
        assert len(await say(asked, AMINA, words)) == count, words
    for _ in range(9):
        asked.clock.forward(days=1)
        await settle(asked)
    await ask(asked)
    assert len(asked.texts(AMINA)) == count, "no reminder, no new round"
    assert (await say(asked, AMINA, "START"))[-1].startswith("You will get our messages again")
    assert await value(asked, "SELECT count(*) FROM worker WHERE consent = 'withdrawn'") == 0
    await ask(asked)
    assert len(asked.texts(AMINA)) == count + 2


async def come_out_of_a_spool(world: World, words: str, at: datetime) -> None:
    """A text that Amina wrote then, and that a host whose database was away keeps only now."""
    parcel = Parcel("simulator", at, (InboundText(f"spooled-{words}", AMINA, SENDER, words),))
    await keep_all(world.context, [unpack(pack(parcel))])


SOON_OR_LATE = pytest.mark.parametrize("seconds", [20, 600], ids=["seconds apart", "minutes apart"])


@SOON_OR_LATE
async def test_a_start_that_was_written_before_the_stop_and_comes_out_of_a_spool_undoes_nothing(
    asked: World, seconds: int
) -> None:
    at = asked.clock()
    asked.clock.forward(seconds=seconds)
    count = len(await say(asked, AMINA, "STOP"))
    asked.clock.forward(seconds=seconds)
    await come_out_of_a_spool(asked, "START", at)
    await settle(asked)
    assert await value(asked, "SELECT count(*) FROM worker WHERE consent = 'withdrawn'") == 1
    assert len(asked.texts(AMINA)) == count
    assert len(await say(asked, AMINA, "START")) == count + 1


async def test_a_stop_and_then_a_start_that_lay_in_one_spool_are_read_as_they_were_written(asked: World) -> None:
    at = asked.clock()
    asked.clock.forward(minutes=10)
    await come_out_of_a_spool(asked, "STOP", at)
    await settle(asked)
    await come_out_of_a_spool(asked, "START", at + timedelta(seconds=20))
    await settle(asked)
    assert await value(asked, "SELECT count(*) FROM worker WHERE consent = 'withdrawn'") == 0
    assert asked.texts(AMINA)[-1].startswith("You will get our messages again")


async def test_a_stop_is_honoured_also_where_it_comes_out_of_a_spool_after_a_later_start(asked: World) -> None:
    at = asked.clock()
    asked.clock.forward(seconds=20)
    await say(asked, AMINA, "START")
    await come_out_of_a_spool(asked, "STOP", at)
    await settle(asked)
    assert asked.texts(AMINA)[-1] == GOODBYE
    assert await value(asked, "SELECT count(*) FROM worker WHERE consent = 'withdrawn'") == 1


async def test_a_start_right_after_a_stop_is_obeyed_whatever_the_hosts_clocks_say(asked: World) -> None:
    await say(asked, AMINA, "STOP")
    await keep(
        asked.context, "simulator", [InboundText("r1", AMINA, SENDER, "START")], asked.clock.forward(seconds=-90)
    )
    await settle(asked)
    assert await value(asked, "SELECT count(*) FROM worker WHERE consent = 'withdrawn'") == 0


@SOON_OR_LATE
async def test_an_answer_that_comes_out_of_a_spool_is_none_to_what_was_asked_since(asked: World, seconds: int) -> None:
    await say(asked, AMINA, "1")
    at = asked.clock()
    asked.clock.forward(seconds=seconds)  # no answer comes, so it is written once more, and taken by another host
    await say(asked, AMINA, "1")
    asked.clock.forward(seconds=seconds)
    await come_out_of_a_spool(asked, "1", at)
    await settle(asked)
    assert await rows(asked, "SELECT question, value FROM answer ORDER BY question") == [("safe", 1)]
    await say(asked, AMINA, "2")
    assert await rows(asked, "SELECT question, value FROM answer ORDER BY question") == [("fed", False), ("safe", 1)]


@SOON_OR_LATE
async def test_a_yes_that_comes_out_of_a_spool_is_none_to_an_offer_made_since(asked: World, seconds: int) -> None:
    await register(asked, service("Kitchen", "food"))
    await say(asked, AMINA, "1", "4", "2")
    at = asked.clock()
    asked.clock.forward(seconds=seconds)
    texts = await say(asked, AMINA, "2")
    assert "Kitchen" in texts[-1]
    await come_out_of_a_spool(asked, "1", at)
    await settle(asked)
    assert await value(asked, "SELECT count(*) FROM referral WHERE state <> 'offered'") == 0
    await say(asked, AMINA, "1")
    assert await value(asked, "SELECT count(*) FROM referral WHERE state <> 'offered'") == 1


@SOON_OR_LATE
async def test_a_yes_that_was_written_before_the_introduction_left_is_no_consent(world: World, seconds: int) -> None:
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world)
    at = world.clock()
    world.clock.forward(seconds=seconds)
    await ask(world)
    await come_out_of_a_spool(world, "1", at)
    await settle(world)
    assert await value(world, "SELECT count(*) FROM worker WHERE consent = 'granted'") == 0
    await say(world, AMINA, "1")
    assert await value(world, "SELECT count(*) FROM worker WHERE consent = 'granted'") == 1


async def test_stop_takes_back_what_was_waiting(asked: World) -> None:
    await run(asked, "UPDATE outbox SET state = 'queued', settled_at = NULL, sent_at = NULL WHERE state <> 'queued'")
    await text(asked, AMINA, "STOP")
    await drain_inbox(asked.context, asked.clock.forward(seconds=1))
    waiting = await rows(
        asked,
        "SELECT outbox.state, say->>'key' FROM outbox JOIN identity ON identity.id = identity_id JOIN worker"
        " ON worker.id = worker_id WHERE consent = 'withdrawn' ORDER BY outbox.id",
    )
    assert waiting == [("cancelled", "intro"), ("queued", "stopped")]


async def test_a_strangers_stop_is_honoured_too(world: World) -> None:
    assert (await say(world, STRANGER, "STOP"))[-1] == GOODBYE
    world.clock.forward(days=2)
    assert len(await say(world, STRANGER, "hello")) == 1
    assert len(await say(world, STRANGER, "START", "hello")) > 1


async def test_consent_is_written_into_the_ledger_once_given(asked: World) -> None:
    await say(asked, AMINA, "1")
    await say(asked, BILAL, "2")
    acts = await rows(asked, "SELECT act, how FROM consent_ledger ORDER BY act")
    assert acts == [("granted", "sms"), ("refused", "sms")]


# -- once, in order -------------------------------------------------------------------------------


async def test_a_reply_delivered_twice_counts_once(asked: World) -> None:
    reply = InboundText("SM1", AMINA, SENDER, "1")
    for _ in range(3):
        assert await keep(asked.context, "simulator", [reply], asked.clock()) == 1
    assert await keep(asked.context, "simulator", [reply, reply], asked.clock()) == 2
    await settle(asked)
    assert await value(asked, "SELECT count(*) FROM inbox") == 1
    assert len(asked.texts(AMINA)) == 2
    # Also long after it was handled.
    await keep(asked.context, "simulator", [reply], asked.clock())
    await settle(asked)
    assert len(asked.texts(AMINA)) == 2


async def test_a_persons_replies_are_handled_in_the_order_they_came(asked: World) -> None:
    await say(asked, AMINA, "1")
    replies = [InboundText(f"SM{at}", AMINA, SENDER, words) for at, words in enumerate(["hm?", "4"])]
    await keep(asked.context, "simulator", replies, asked.clock())
    for _ in replies:
        assert await drain_inbox(asked.context, asked.clock()) == 1
    assert await rows(asked, "SELECT question, value FROM answer") == [("safe", 4)]


async def test_a_second_answer_before_the_next_question_left_replaces_the_first(asked: World) -> None:
    await say(asked, AMINA, "1")
    for words in ("4", "2"):
        await text(asked, AMINA, words)
        await drain_inbox(asked.context, asked.clock())
    assert await rows(asked, "SELECT question, value FROM answer") == [("safe", 2)]
    await settle(asked)
    assert asked.texts(AMINA)[-1].startswith("Had you enough to eat?")
    assert len(asked.texts(AMINA)) == 3, "the next question went out once"


async def test_the_same_text_twice_within_moments_is_one_answer(asked: World) -> None:
    await say(asked, AMINA, "1")
    for _ in range(2):
        await text(asked, AMINA, "1")
        await drain_inbox(asked.context, asked.clock())
    await settle(asked)
    assert await rows(asked, "SELECT question, value FROM answer") == [("safe", 1)]


async def test_an_answer_once_the_next_question_left_is_an_answer_to_that(asked: World) -> None:
    await say(asked, AMINA, "1", "4", "1")
    answers = await rows(asked, "SELECT question, value FROM answer ORDER BY question")
    assert answers == [("fed", True), ("safe", 4)]


async def test_hosts_whose_clocks_disagree_take_no_answer_for_a_second_one(asked: World) -> None:
    await say(asked, AMINA, "1")
    asked.clock.forward(seconds=-90)  # the host that keeps the reply is behind the one that sent the question
    await say(asked, AMINA, "4", "1")
    answers = await rows(asked, "SELECT question, value FROM answer ORDER BY question")
    assert answers == [("fed", True), ("safe", 4)]


# -- other numbers, other times ---------------------------------------------------------------------


async def test_an_answer_from_another_number_of_the_same_person_is_theirs(world: World) -> None:
    report = await other_phone(world, AMINA, CHAMPA)
    assert (report.added, report.bad) == (1, 0)
    await write(world)
    await ask(world)
    assert world.texts(CHAMPA) == [], "one person is asked once"
    await say(world, AMINA, "1")
    assert (await say(world, CHAMPA, "4"))[-1].startswith("Had you enough to eat?")
    await say(world, AMINA, "1")
    answers = await rows(world, "SELECT question, value FROM answer ORDER BY question")
    assert answers == [("fed", True), ("safe", 4)]


async def test_two_numbers_of_one_person_in_the_same_batch_lose_nothing(world: World) -> None:
    await other_phone(world, AMINA, CHAMPA)
    await write(world)
    await ask(world)
    await say(world, AMINA, "1")
    await text(world, AMINA, "hm?")
    await text(world, CHAMPA, "4")
    await settle(world)
    assert await rows(world, "SELECT question, value FROM answer") == [("safe", 4)]


async def test_stop_from_the_other_number_stops_both(world: World) -> None:
    await other_phone(world, AMINA, CHAMPA)
    await write(world)
    await ask(world)
    await say(world, CHAMPA, "STOP")
    assert await value(world, "SELECT consent FROM worker") == "withdrawn"
    assert await value(world, "SELECT count(*) FROM conversation WHERE open") == 0


async def test_whose_number_is_another_persons_by_now_is_texted_on_their_other_one(world: World) -> None:
    await other_phone(world, AMINA, CHAMPA)
    await write(world)
    await ask(world)
    await say(world, AMINA, "wrong number")
    assert world.texts(CHAMPA) == []
    await ask(world)
    assert len(world.texts(CHAMPA)) == 1
    assert (await say(world, CHAMPA, "1"))[-1].startswith("How safe")


async def test_another_number_that_asked_to_be_left_alone_takes_no_ones_place(world: World) -> None:
    await other_phone(world, AMINA, CHAMPA)
    await write(world)
    await ask(world)
    await run(world, "UPDATE identity SET stopped = true WHERE NOT main")
    await say(world, AMINA, "wrong number")
    assert await value(world, "SELECT count(*) FROM identity WHERE worker_id IS NOT NULL AND main") == 0


async def other_phone(world: World, number: str, other: str) -> RosterReport:
    report = RosterReport()
    async for report in import_roster(  # noqa: B007 - the last one counts
        world.context, world.id, lines("phone,site,language,other_phone", f"{number},gazipur,en,{other}"), world.clock()
    ):
        pass
    return report


async def test_the_wrong_person_is_left_alone_and_counts_as_not_eligible(asked: World) -> None:
    assert "Sorry for the mistake" in (await say(asked, AMINA, "wrong number"))[-1]
    assert await value(asked, "SELECT disposition FROM invitation WHERE closed_at IS NOT NULL") == "not-eligible"
    assert await value(asked, "SELECT count(*) FROM identity WHERE stopped AND worker_id IS NULL") == 1
    assert await rows(asked, "SELECT act, words FROM consent_ledger") == [("wrong-person", "wrong number")]
    asked.clock.forward(days=8)
    await ask(asked)
    assert len(asked.texts(AMINA)) == 2


@pytest.mark.parametrize(
    ("wish", "after"),
    [
        pytest.param("1", timedelta(hours=8, minutes=30), id="this evening: it is ten in Dhaka"),
        pytest.param("tomorrow", timedelta(days=1), id="tomorrow at this hour"),
    ],
)
async def test_whoever_asks_for_later_is_asked_again_when_they_said(asked: World, wish: str, after: timedelta) -> None:
    assert (await say(asked, AMINA, "1", "later"))[-1].startswith("All right. When")
    assert (await say(asked, AMINA, wish))[-1].startswith("Thank you. We will ask again")
    before = len(asked.texts(AMINA))
    asked.clock.now += after - timedelta(minutes=1)
    await settle(asked)
    assert len(asked.texts(AMINA)) == before, "not before, and no reminder meanwhile"
    asked.clock.now += timedelta(minutes=1)
    await settle(asked)
    assert asked.texts(AMINA)[-1].startswith("How safe is your work?")
    assert (await say(asked, AMINA, "3"))[-1].startswith("Had you enough to eat?")


async def test_help_in_between_forgets_no_named_time(asked: World) -> None:
    await say(asked, AMINA, "1", "later", "tomorrow")
    asked.clock.forward(hours=1)
    assert "stop" in (await say(asked, AMINA, "help"))[-1].lower()
    asked.clock.forward(hours=22, minutes=55)
    before = len(asked.texts(AMINA))
    await settle(asked)
    assert len(asked.texts(AMINA)) == before, "not before"
    asked.clock.forward(minutes=10)
    await settle(asked)
    assert asked.texts(AMINA)[-1].startswith("How safe is your work?")


async def test_a_wish_beyond_the_rounds_end_is_met_a_day_before_it(asked: World) -> None:
    await say(asked, AMINA, "1", "later", "3")
    asked.clock.forward(days=6)
    await settle(asked)
    assert asked.texts(AMINA)[-1].startswith("How safe is your work?")


async def test_a_second_round_waits_until_the_first_is_over(asked: World) -> None:
    await ask(asked)
    await say(asked, AMINA, "1")
    assert len(asked.texts(AMINA)) == 2
    await say(asked, AMINA, "4", "1", "2")
    await settle(asked)
    assert [line[:9] for line in asked.texts(AMINA)].count("Open Line") == 2


async def test_what_a_machine_wrote_changes_nothing_and_is_not_answered(asked: World) -> None:
    before = asked.texts(AMINA)
    assert await say(asked, AMINA, "I am driving, I will call you back") == before
    assert await value(asked, "SELECT count(*) FROM invitation WHERE started_at IS NOT NULL") == 0


async def test_two_drainers_at_once_do_not_answer_twice(asked: World) -> None:
    import asyncio

    await say(asked, AMINA, "1")
    await say(asked, BILAL, "1")
    for number in (AMINA, BILAL):
        await keep(
            asked.context,
            "simulator",
            [InboundText(f"{number}-{at}", number, SENDER, words) for at, words in enumerate(["hm?", "5", "5", "5"])],
            asked.clock(),
        )
    for _ in range(8):
        await asyncio.gather(*(drain_inbox(asked.context, asked.clock()) for _ in range(3)))
    await settle(asked)
    assert await rows(asked, "SELECT question, value FROM answer") == [("safe", 5), ("safe", 5)]
    # The introduction, the question, and after the last reply the next one; asking again was overtaken.
    assert [len(asked.texts(number)) for number in (AMINA, BILAL)] == [3, 3]


async def test_a_number_in_another_form_is_the_same_person(asked: World) -> None:
    await keep(asked.context, "simulator", [InboundText("SM1", "8801711000001", SENDER, "1")], asked.clock())
    await keep(asked.context, "simulator", [InboundText("SM2", "+880 1711-000002", SENDER, "1")], asked.clock())
    await settle(asked)
    assert len(asked.texts(BILAL)) == 2
    assert await value(asked, "SELECT count(*) FROM identity WHERE worker_id IS NULL") <= 1


# -- strangers ------------------------------------------------------------------------------------


async def test_an_unknown_sender_is_kept_and_answered_neutrally_once_a_day(world: World) -> None:
    answer = (await say(world, STRANGER, "who is this?"))[-1]
    assert answer.startswith("We received your message.")
    assert "work" not in answer, "nothing tells that this is about work"
    await say(world, STRANGER, "I am out of office", "I am out of office")
    assert len(world.texts(STRANGER)) == 1
    world.clock.forward(hours=25)
    assert len(await say(world, STRANGER, "hello?")) == 2
    assert await value(world, "SELECT count(*) FROM inbox WHERE state = 'handled'") == 4
    assert await value(world, "SELECT count(*) FROM worker") == 0


async def test_a_text_to_a_number_that_is_no_sender_of_ours_is_not_kept(world: World) -> None:
    reply = InboundText("SM1", AMINA, OTHER_SENDER, "1")
    assert await keep(world.context, "simulator", [reply], world.clock()) == 0
    assert await keep(world.context, "twilio", [InboundText("SM1", AMINA, SENDER, "1")], world.clock()) == 0
    assert await value(world, "SELECT count(*) FROM inbox") == 0


@pytest.mark.parametrize("sender", ["12345", "OPENLINE", "+1", "", "+8801711000001;ext=5"])
async def test_an_odd_sender_is_kept_and_not_lost(world: World, sender: str) -> None:
    assert await keep(world.context, "simulator", [InboundText("SM1", sender, SENDER, "hi")], world.clock()) == 1
    await drain_inbox(world.context, world.clock())
    assert await value(world, "SELECT state FROM inbox") == "handled"


# -- cries ----------------------------------------------------------------------------------------


async def test_a_cry_in_the_middle_of_a_survey_raises_a_need_and_keeps_the_question(asked: World) -> None:
    texts = await say(asked, AMINA, "1", "please help me, he hit me")
    assert texts[-1].startswith("We received your message. Someone will read it.")
    needs = await rows(asked, "SELECT category, sensitivity, source, worker_id IS NOT NULL FROM need")
    assert needs
    assert all(source == "words" and known for _, _, source, known in needs)
    assert await value(asked, "SELECT count(*) FROM conversation WHERE open AND state->>'question' = 'safe'") == 1


async def test_an_unknown_senders_cry_goes_to_a_person(world: World) -> None:
    await say(world, STRANGER, "he hit me, please help")
    needs = await rows(world, "SELECT state, worker_id, identity_id IS NOT NULL, urgency FROM need")
    assert needs
    assert all(need[:3] == ("person", None, True) for need in needs)
    assert await value(world, "SELECT count(*) FROM conversation") == 0


async def test_a_cry_of_somebody_who_opted_out_is_heard_and_not_answered(asked: World) -> None:
    count = len(await say(asked, AMINA, "STOP"))
    await say(asked, AMINA, "he hit me")
    assert len(asked.texts(AMINA)) == count
    assert {state for (state,) in await rows(asked, "SELECT state FROM need")} == {"person"}


async def test_the_same_need_twice_is_one_need(asked: World) -> None:
    await say(asked, AMINA, "1", "he hit me", "he hit me")
    found = await rows(asked, "SELECT category, count(*) FROM need GROUP BY 1")
    assert all(count == 1 for _, count in found)


# -- poison ---------------------------------------------------------------------------------------


async def test_a_reply_that_breaks_is_set_aside_after_three_tries_while_others_go_on(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked.roster(f"{CHAMPA},gazipur,en,female")
    good = gathering.advance

    def brittle(talk: Any, words: str, script: Any, **more: Any) -> Any:
        if words == "boom":
            raise ZeroDivisionError(words)
        return good(talk, words, script, **more)

    monkeypatch.setattr(gathering, "advance", brittle)
    await text(asked, AMINA, "boom")
    await text(asked, BILAL, "1")
    asked.clock.forward(seconds=1)
    await text(asked, AMINA, "1")
    tried = []
    for _ in range(4):
        tried.append(await drain_inbox(asked.context, asked.clock()))
        await settle_only_texts(asked)
    states = await rows(asked, "SELECT text, state, attempts FROM inbox ORDER BY text, state")
    assert states == [("1", "handled", 0), ("1", "handled", 0), ("boom", "failed", 3)]
    assert len(asked.texts(BILAL)) == 2, "others were never held up"
    assert len(asked.texts(AMINA)) == 2, "and after it was set aside, neither was she"
    assert tried[0] == 1


async def settle_only_texts(world: World) -> None:
    from app.jobs.sending import send_outbox

    await send_outbox(world.context, world.clock())


async def test_nothing_of_a_broken_reply_is_stored_by_half(asked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_args: Any, **_kwargs: Any) -> None:
        raise OSError

    monkeypatch.setattr(effects, "mark_handled", broken)
    await text(asked, AMINA, "STOP")
    await drain_inbox(asked.context, asked.clock())
    assert await value(asked, "SELECT count(*) FROM consent_ledger") == 0
    assert await value(asked, "SELECT count(*) FROM conversation WHERE open") == 2
    assert await value(asked, "SELECT count(*) FROM outbox") == 2


async def test_a_switch_of_language_holds_for_the_next_round(world: World) -> None:
    from tests.steps import PULSE

    both = {
        **PULSE,
        "languages": ["en", "es"],
        "reviews": {lang: {"status": "reviewed", "by": "A tester", "on": "2026-11-01"} for lang in ("en", "es")},
        "purpose": {"en": "your work", "es": "su trabajo"},
        "questions": [
            {**question, "text": {"en": question["text"]["en"], "es": f"ES {question['code']}"}}
            for question in PULSE["questions"]
        ],
    }
    await world.roster(f"{AMINA},gazipur,en,female")
    await write(world, both)
    await ask(world)
    texts = await say(world, AMINA, "lang es")
    assert "su trabajo" in texts[-1]
    assert await value(world, "SELECT language FROM enrolment WHERE active") == "es"


def test_the_kinds_of_need_are_those_the_store_knows() -> None:
    assert {item.value for item in Urgency} == {"emergency", "urgent", "normal"}
    assert {item.value for item in Sensitivity} == {"standard", "high"}
