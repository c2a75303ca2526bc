"""Roll-ups: squashed now and then, and made anew from the answers when somebody doubts them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.scoring import scores_of
from app.domain.survey import Survey
from app.jobs.context import Context
from app.store.answers import save_scores
from app.store.database import Store
from app.store.rollups import drop_scores, ended_answers, rebuild, squash
from app.store.rounds import get_round, list_rounds
from app.store.surveys import load_survey

_ROUNDS_AT_ONCE = 20
_PEOPLE_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was wrong: scores that the answers do not give, and strata whose sums the scores do not give."""

    rounds: int = 0
    people: int = 0
    scores: int = 0
    strata: int = 0


async def squash_rollups(context: Context) -> int:
    """Add up the deltas of some rounds, so that reading them stays cheap; how many rounds had any."""
    async with context.database.transaction() as store:
        return await squash(store, _ROUNDS_AT_ONCE)


async def rebuild_figures(context: Context, programme: UUID) -> Rebuilt:
    """Score every ended conversation of a programme again from its answers, and add the scores up anew.

    Where nothing was wrong, the same numbers stand there afterwards to the last digit. Published figures stay as they
    are: the next publication shows what changed, under the disclosure rule as ever.
    """
    done = Rebuilt()
    async with context.database.transaction() as store:
        rounds = [row["id"] for row in await list_rounds(store, programme)]
    for round_id in rounds:
        async with context.database.transaction() as store:
            people, scores = await _score_again(store, programme, round_id)
            strata = await rebuild(store, round_id)
        done = Rebuilt(done.rounds + 1, done.people + people, done.scores + scores, done.strata + strata)
    return done


async def _score_again(store: Store, programme: UUID, round_id: UUID) -> tuple[int, int]:
    asked = await get_round(store, programme, round_id)
    survey = await load_survey(store, asked.survey)
    people = wrong = 0
    after: UUID | None = None
    while batch := await ended_answers(store, round_id, after, _PEOPLE_AT_ONCE):
        given = {invitation: _scores(survey, answers) for invitation, answers, _ in batch}
        kept = {invitation: scores for invitation, _, scores in batch}
        differing = {key: scores for key, scores in given.items() if scores != kept[key]}
        gone = [(key, name) for key, scores in differing.items() for name in kept[key] if name not in scores]
        await drop_scores(store, gone)
        await save_scores(store, differing, dict.fromkeys(differing, programme))
        people, wrong, after = people + len(batch), wrong + len(differing), batch[-1][0]
    return people, wrong


def _scores(survey: Survey, answers: Mapping[str, Any]) -> dict[str, float]:
    # Several choices are kept as a list and scored as a tuple.
    return scores_of(survey, {code: tuple(item) if isinstance(item, list) else item for code, item in answers.items()})
