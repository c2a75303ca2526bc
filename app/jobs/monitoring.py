"""A round as whoever runs it watches it: how far people have come, and how the carriers do that reach them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.jobs.context import Context
from app.jobs.looking import error_shares
from app.store.answers import unclear_replies
from app.store.figures import funnel_now
from app.store.processes import list_processes
from app.store.programmes import list_channels
from app.store.rounds import Round, get_round
from app.store.surveys import load_survey
from app.store.tallies import list_tallies

MOST_UNCLEAR = 100
"""So many are counted; more are told as that many and more."""

_TROUBLED = 0.2


class Health(StrEnum):
    """How a carrier does; `quiet` where it was given too little lately to say."""

    FINE = "fine"
    TROUBLED = "troubled"
    RESTING = "resting"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Monitor:
    """A round as of now.

    Attributes:
        asked: the round.
        survey: its survey's title.
        funnel: people by how far they have come.
        unclear: replies nobody understood, to be coded, `MOST_UNCLEAR` at the most.
        carriers: each of the programme's and how it does; not how much others sent over it.
    """

    asked: Round
    survey: str
    funnel: Mapping[str, int]
    unclear: int
    carriers: Sequence[tuple[str, Health]]


async def watch_round(context: Context, programme: UUID, round_id: UUID, now: datetime) -> Monitor:
    """A round as of now; NotFoundError where the programme has none such."""
    async with context.database.transaction() as store:
        asked = await get_round(store, programme, round_id)
        survey = await load_survey(store, asked.survey)
        shares = {one.labels["carrier"]: one.value for one in error_shares(await list_tallies(store))}
        resting = {
            str(road)
            for process in await list_processes(store, now)
            if process.alive(now)
            for road in process.word.get("resting", ())
        }
        carriers = sorted({channel.carrier for channel in await list_channels(store, programme)})
        return Monitor(
            asked,
            survey.title,
            await funnel_now(store, round_id),
            len(await unclear_replies(store, programme, round_id, MOST_UNCLEAR)),
            [(carrier, _health(carrier, shares, resting)) for carrier in carriers],
        )


def _health(carrier: str, shares: Mapping[str, float], resting: set[str]) -> Health:
    if carrier in resting:
        return Health.RESTING
    if carrier not in shares:
        return Health.QUIET
    return Health.TROUBLED if shares[carrier] > _TROUBLED else Health.FINE
