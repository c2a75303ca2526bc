"""Timers by the thousand: those who stand alike are moved at once, each as if alone."""

from collections.abc import Callable
from typing import Any

import pytest

from app.domain.conversation import Conversation, Purpose, Stage, begin, remind, resume
from app.jobs.listening import drain_inbox
from app.jobs.sending import send_outbox
from app.jobs.sweeping import expire_talks, send_reminders
from app.store.rounds import claim_to_begin, close_invitations
from tests.conftest import AMINA, BILAL, CHAMPA, WANJIRU, World
from tests.steps import PULSE, ask, rows, run, say, value, write

TWO_LANGUAGES = {
    **PULSE,
    "languages": ["en", "es"],
    "reviews": {code: {"status": "reviewed", "by": "A tester", "on": "2026-11-01"} for code in ("en", "es")},
    "purpose": {"en": "your work", "es": "su trabajo"},
    "partial_after": "fed",
    "questions": [
        {**question, "text": {"en": question["text"]["en"], "es": f"ES {question['code']}"}}
        for question in PULSE["questions"]
    ],
}


@pytest.fixture
async def asked(world: World) -> World:
    """Amina and Bilal stand at the introduction, Champa in Spanish; Wanjiru answered half of it."""
    await world.roster(
        f"{AMINA},gazipur,en,female",
        f"{BILAL},gazipur,en,male",
        f"{CHAMPA},gazipur,es,female",
        f"{WANJIRU},gazipur,en,",
    )
    await write(world, TWO_LANGUAGES)
    await ask(world, lasts_days=14)
    await say(world, WANJIRU, "1", "4", "1")
    return world


async def disposition(world: World) -> list[tuple[str | None, int]]:
    found = await rows(world, "SELECT disposition, count(*) FROM invitation GROUP BY 1 ORDER BY 1")
    return [(name, count) for name, count in found]


async def test_everybody_is_reminded_of_their_own_question_in_their_own_language(asked: World) -> None:
    asked.clock.forward(hours=25)
    assert await send_reminders(asked.context, asked.clock()) == 4
    assert await send_reminders(asked.context, asked.clock()) == 0
    await send_outbox(asked.context, asked.clock())
    assert asked.texts(AMINA)[-1] == asked.texts(BILAL)[-1]
    assert "1 " in asked.texts(CHAMPA)[-1]
    assert asked.texts(CHAMPA)[-1] != asked.texts(AMINA)[-1]
    assert await value(asked, "SELECT count(*) FROM invitation WHERE reminded") == 4


async def test_few_at_a_time_are_all_of_them(asked: World) -> None:
    asked.clock.forward(hours=25)
    assert await send_reminders(asked.context, asked.clock(), limit=1) == 4
    assert (
        await value(asked, "SELECT count(DISTINCT identity_id) FROM outbox WHERE priority = 9 AND state = 'queued'")
        == 4
    )


async def test_whose_reply_waits_to_be_read_is_neither_reminded_nor_given_up(asked: World) -> None:
    from tests.jobs.test_listening import text

    asked.clock.forward(days=10)
    await text(asked, AMINA, "1")
    assert await send_reminders(asked.context, asked.clock()) == 3
    assert await expire_talks(asked.context, asked.clock()) == 3
    assert await value(asked, "SELECT count(*) FROM conversation WHERE open") == 1


async def test_who_has_answered_is_neither_reminded_nor_given_up_while_the_next_question_waits_to_leave(
    asked: World,
) -> None:
    from tests.jobs.test_listening import text

    asked.clock.forward(days=10)
    await text(asked, AMINA, "1")
    assert await drain_inbox(asked.context, asked.clock()) == 1
    assert await send_reminders(asked.context, asked.clock()) == 3
    assert await expire_talks(asked.context, asked.clock()) == 3
    await send_outbox(asked.context, asked.clock())
    assert len(asked.texts(AMINA)) == 2, "the introduction, and the first question once"
    # What was never asked is waited for as long as what was.
    asked.clock.forward(days=3, seconds=1)
    assert await expire_talks(asked.context, asked.clock()) == 1


async def test_silence_gives_each_their_disposition_and_scores_what_was_answered(asked: World) -> None:
    asked.clock.forward(days=10)
    assert await expire_talks(asked.context, asked.clock()) == 4
    assert await disposition(asked) == [("non-contact", 3), ("partial", 1)]
    assert await value(asked, "SELECT count(DISTINCT invitation_id) FROM score") == 1
    states = await rows(asked, "SELECT DISTINCT state->>'stage', state->>'ending', open FROM conversation")
    assert states == [("closed", "expired", False)]


async def test_whose_conversation_another_process_holds_is_left_to_the_next_pass(asked: World) -> None:
    asked.clock.forward(days=10)
    async with asked.context.database.transaction() as holder:
        await holder.run(
            "SELECT FROM conversation WHERE worker_id = (SELECT worker_id FROM invitation WHERE language = 'es') FOR UPDATE"
        )
        assert await expire_talks(asked.context, asked.clock()) == 3
    assert await disposition(asked) == [("non-contact", 2), ("partial", 1), (None, 1)]
    assert await expire_talks(asked.context, asked.clock()) == 1


async def test_an_invitation_that_ends_before_it_began_is_not_among_those_to_begin(asked: World) -> None:
    await run(asked, "UPDATE invitation SET begun = false, sent_at = NULL WHERE language = 'es'")
    async with asked.context.database.transaction() as store:
        (unbegun,) = await store.rows("SELECT id FROM invitation WHERE NOT begun")
        await close_invitations(store, [(unbegun.id, "not-attempted")], asked.clock())
        assert await claim_to_begin(store, asked.clock(), 10) == []
    assert await value(asked, "SELECT count(*) FROM invitation WHERE NOT begun") == 0


async def test_what_was_still_to_be_said_is_taken_back_with_the_end(asked: World) -> None:
    asked.clock.forward(days=10)
    await send_reminders(asked.context, asked.clock())
    await expire_talks(asked.context, asked.clock())
    assert await rows(asked, "SELECT state, count(*) FROM outbox WHERE priority = 9 AND created_at = :now GROUP BY 1",
                      now=asked.clock()) == [("cancelled", 4)]  # fmt: skip


@pytest.mark.parametrize("step", [remind, resume])
def test_what_is_said_again_does_not_depend_on_what_was_answered(step: Callable[[Conversation], Any]) -> None:
    for purpose in Purpose:
        fresh, _ = begin(purpose, "en", {"service": "Food bank"})
        for stage in (Stage.CONSENT, Stage.ASKING):
            bare = fresh._replace(stage=stage, question="fed" if stage is Stage.ASKING else "", pausing=True)
            full = bare._replace(answers={"safe": 4, "paid": None})
            state, said = step(full)
            assert (state._replace(answers={}), said) == step(bare)
