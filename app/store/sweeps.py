"""Timers by the thousand: what stands alike is stepped once by the rules, and moved by one statement.

What is said again depends on the `key` alone, and what moved between the two looks is found by the next pass. Those who
fell silent are held from the first look on, for what their end depends on is gathered from six tables, and once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from app.domain.conversation import Conversation
from app.domain.wording import Say
from app.store.conversations import UNHEARD
from app.store.database import Store
from app.store.drawing import numbered_id
from app.store.outbox import BULK, OVERTAKEN
from app.store.statements import to_json
from app.store.tables.figures import STRATA

Timer = Literal["remind_at", "resume_at"]


@dataclass(frozen=True, slots=True)
class Stand:
    """How some conversations stand, but for their answers, of which no text that is said again depends."""

    key: str
    state: Conversation


def _due(timer: str, *, locked: bool) -> str:
    """The conversations whose timer is due, in place of the table; by itself, or a plan would join a million first."""
    lock = " FOR NO KEY UPDATE SKIP LOCKED" if locked else ""
    return (
        f"(SELECT * FROM conversation WHERE open AND {timer} <= :now{UNHEARD} ORDER BY {timer} LIMIT :limit{lock})"
        " AS conversation"
    )


_KEY = "CAST(conversation.state - 'answers' AS text)"


async def stands_due(store: Store, timer: Timer, now: datetime, limit: int) -> list[Stand]:
    """How those stand whose timer is due, each once."""
    rows = await store.rows(f"SELECT DISTINCT {_KEY} AS key FROM {_due(timer, locked=False)}", now=now, limit=limit)
    return [Stand(row.key, Conversation.from_json(json.loads(row.key) | {"answers": {}})) for row in rows]


async def say_again(
    store: Store, timer: Timer, spoken: Sequence[tuple[Stand, Conversation, Say]], now: datetime, limit: int
) -> int:
    """Queue these texts for whom the timer is due and who stands so, and spend the timer; how many.

    Entries are how they stand, how they stand from now on, and the text. Who is reminded is so once in a round.
    """
    if not spoken:
        return 0
    rows = [
        {"key": stand.key, "changes": _changes(stand.state.to_json(), state.to_json()), "say": say.to_json()}
        for stand, state, say in spoken
    ]
    reminded = (
        " reminded AS (UPDATE invitation SET reminded = true FROM due WHERE invitation.id = due.invitation_id),"
        if timer == "remind_at"
        else ""
    )
    queued = await store.run(
        "WITH due AS MATERIALIZED (SELECT conversation.id, conversation.programme_id, identity.id AS identity_id,"
        " channel_id, carrier, invitation_id, survey_id, say, changes, state->>'language' AS language"
        f" FROM {_due(timer, locked=True)} JOIN identity ON identity.worker_id = conversation.worker_id AND main"
        " JOIN channel ON channel.id = channel_id JOIN jsonb_to_recordset(CAST(:rows AS jsonb))"
        f" AS given(key text, changes jsonb, say jsonb) ON given.key = {_KEY}),{reminded}"
        f" moved AS (UPDATE conversation SET {timer} = NULL, state = state || changes FROM due"
        " WHERE conversation.id = due.id)"
        " INSERT INTO outbox (id, programme_id, identity_id, channel_id, conversation_id, invitation_id, survey_id,"
        f" carrier, say, language, priority, due_at, created_at) SELECT {numbered_id('row_number() OVER ()')},"
        " programme_id, identity_id, channel_id, id, invitation_id, survey_id, carrier, say, language, :bulk,"
        " CAST(:now AS timestamptz), CAST(:now AS timestamptz) FROM due",
        rows=to_json(rows), bulk=BULK, now=now, limit=limit, ms=f"{int(now.timestamp() * 1000):012x}",
    )  # fmt: skip
    if queued:
        store.wake_workers()
    return queued


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if value != before[name]}


# -- silence --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Silence:
    """How some survey conversations stand that nobody answers any more, with what their dispositions depend on."""

    talks: Sequence[UUID]
    state: Conversation
    survey: UUID
    begun: bool
    sent: bool
    delivered: bool
    failed: bool
    confirmed: bool
    consent: str
    answered: int


@dataclass(frozen=True, slots=True)
class Lapse:
    """What becomes of them."""

    talks: Sequence[UUID]
    state: Conversation
    disposition: str
    scores: Mapping[str, float]


async def hold_silences(store: Store, now: datetime, limit: int) -> list[Silence]:
    """The conversations of surveys that were waited for in vain, by how they stand; this transaction's alone."""
    rows = await store.rows(
        "SELECT CAST(key AS text) AS key, array_agg(talk) AS talks FROM (SELECT conversation.id AS talk, jsonb_build_array("
        "conversation.state, conversation.survey_id, begun, sent_at IS NOT NULL, delivered_at IS NOT NULL,"
        " failed_at IS NOT NULL, confirmed, consent, (SELECT count(*) FROM answer WHERE answer.invitation_id = invitation.id"
        f" AND outcome <> 'unclear')) AS key FROM {_due('expires_at', locked=True)}"
        " JOIN invitation ON invitation.id = conversation.invitation_id"
        " JOIN enrolment ON enrolment.id = enrolment_id JOIN worker ON worker.id = conversation.worker_id) AS stand"
        " GROUP BY key",
        now=now, limit=limit,
    )  # fmt: skip
    found: list[Silence] = []
    for row in rows:
        state, survey, *facts = json.loads(row.key)
        found.append(Silence(row.talks, Conversation.from_json(state), UUID(survey), *facts))
    return found


async def lapse(store: Store, lapses: Sequence[Lapse], now: datetime) -> int:
    """End conversations this transaction holds: state, invitation and scores; how many.

    What was still to be asked of them is taken back.
    """
    if not lapses:
        return 0
    rows = [
        {"talks": one.talks, "after": one.state.to_json(), "disposition": one.disposition, "scores": one.scores}
        for one in lapses
    ]
    strata = ", ".join(STRATA)
    return await store.value(
        "WITH due AS MATERIALIZED (SELECT unnest(talks) AS id, after, disposition, scores"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(talks uuid[], after jsonb, disposition text, scores jsonb)),"
        " ended AS (UPDATE conversation SET state = after, open = false, remind_at = NULL, expires_at = NULL,"
        " resume_at = NULL FROM due WHERE conversation.id = due.id RETURNING programme_id, invitation_id, disposition, scores),"
        # As one list: joined, a plan that knows of a short queue would read it anew for each of them.
        " taken_back AS (UPDATE outbox SET state = 'cancelled', settled_at = :now"
        f" WHERE conversation_id = ANY(ARRAY(SELECT id FROM due)) AND {OVERTAKEN}),"
        " closed AS (UPDATE invitation SET disposition = ended.disposition, closed_at = :now FROM ended"
        " WHERE invitation.id = ended.invitation_id AND closed_at IS NULL),"
        f" scored AS (INSERT INTO score (programme_id, invitation_id, round_id, site_id, country, {strata}, indicator,"
        f" value) SELECT ended.programme_id, invitation_id, round_id, site_id, country, {strata}, indicator,"
        " CAST(scored.value AS float8) FROM ended CROSS JOIN jsonb_each_text(scores) AS scored(indicator, value)"
        " JOIN invitation ON invitation.id = invitation_id WHERE scores <> '{}'"
        " ON CONFLICT (invitation_id, indicator) DO UPDATE SET value = excluded.value)"
        " SELECT count(*) FROM ended",
        rows=to_json(rows), bulk=BULK, now=now,
    )  # fmt: skip
